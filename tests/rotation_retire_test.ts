/**
 * How old tokens end: when every proxy isolate has confirmed a newer one and their requests are
 * done, and never while they are needed.
 */

import assert from "node:assert/strict";
import { COMMENT, RotationScene, type SceneOptions } from "./support/rotation_scene.ts";
import type { FakeProxy } from "./support/fake_proxy.ts";
import { until } from "./support/until.ts";

/** A scene in which an own token serves. */
async function openServing(
  options: SceneOptions & { manner?: "silent" | "prompt" } = {},
): Promise<{ scene: RotationScene; proxy: FakeProxy; old: { value: string; tokenId: string } }> {
  const scene = await RotationScene.open(options);
  const old = scene.workspace.issue({ lifetimeMs: 900_000, comment: COMMENT });
  await scene.writeProfile(old.value);
  const proxy = scene.proxy(options.manner);
  await scene.start();
  await until("it serves", () => proxy.chain?.state === "live");
  return { scene, proxy, old };
}

Deno.test("old tokens wait for their requests, and a long one delays no rotation", async () => {
  const { scene, proxy, old } = await openServing();
  await using _ = scene;
  const end = proxy.startRequest();
  for (let turn = 0; turn < 3; turn++) assert((await proxy.rotate()).ok);
  assert.equal(proxy.published.length, 4);
  // Those between are held by the older request as well.
  await until("three wait", () => proxy.draining.length === 3);
  assert.equal(scene.live("own").length, 4);
  assert(scene.live("own").includes(old.tokenId));
  await until("it is told", () => proxy.chain?.pendingRevocations === 3);
  end();
  await until("they are revoked", () => scene.live("own").length === 1);
  await until("it is told", () => proxy.chain?.pendingRevocations === 0);
  assert.equal(scene.eventsOf("drain-timeout").length, 0);
});

Deno.test("an old token is revoked after the drain timeout, whatever is in flight", async () => {
  const { scene, proxy } = await openServing({ config: { drainTimeoutMs: 200 } });
  await using _ = scene;
  const end = proxy.startRequest();
  assert((await proxy.rotate()).ok);
  await until("it is revoked", () => scene.live("own").length === 1);
  assert.equal(scene.eventsOf("drain-timeout").length, 1);
  end();
});

Deno.test("an old token is not waited for beyond its own end", async () => {
  const config = { tokenLifetimeMs: 5_000, rotationIntervalMs: 2_000, drainTimeoutMs: 3_600_000 };
  await using scene = await RotationScene.open({ config });
  const given = scene.workspace.issue({ lifetimeMs: 3_600_000 });
  await scene.writeProfile(given.value);
  const [proxy, silent] = [scene.proxy(), scene.proxy()];
  await scene.start();
  await until("it has one of its own", () => proxy.published.length === 2);
  const first = proxy.current?.tokenId;
  const end = silent.startRequest();
  assert((await proxy.rotate()).ok);
  await until("it lapses", () => !scene.live("own").includes(first ?? ""));
  await until("it is forgotten", async () => !(await scene.journalled()).includes(first ?? ""));
  end();
});

Deno.test("a proxy that does not confirm keeps the old token alive until it does", async () => {
  const { scene, proxy, old } = await openServing({ config: { drainTimeoutMs: 0 } });
  await using _ = scene;
  const silent = scene.proxy("silent");
  assert((await proxy.rotate()).ok);
  assert((await proxy.rotate()).ok);
  await until("that is noted", () => scene.eventsOf("proxy-silent").length > 0);
  assert(scene.live("own").includes(old.tokenId), "a drain timeout of 0 makes no difference");
  assert.equal(scene.live("own").length, 3);
  silent.speak();
  await until("the old ones are revoked", () => scene.live("own").length === 1);
});

Deno.test("a proxy that does not confirm keeps the old token alive until it dies", async () => {
  const { scene, proxy, old } = await openServing();
  await using _ = scene;
  const silent = scene.proxy("silent");
  assert((await proxy.rotate()).ok);
  assert.equal(silent.current?.value, await scene.profileToken());
  assert(scene.live("own").includes(old.tokenId));
  silent[Symbol.dispose]();
  await until("it is revoked", () => scene.live("own").length === 1);
});

Deno.test("a proxy that comes late is told all, and waited for as well", async () => {
  const { scene, proxy, old } = await openServing();
  await using _ = scene;
  const end = proxy.startRequest();
  assert((await proxy.rotate()).ok);
  const late = scene.proxy("silent");
  await until("it is told of the token", () => late.current?.value === proxy.current?.value);
  await until("and of the chain", () => late.chain?.state === "live");
  await until("and of what is drained", () => late.draining.length === 1);
  end();
  await until("the others are done", () => proxy.draining.length === 0);
  assert(scene.live("own").includes(old.tokenId));
  late.speak();
  await until("it is revoked", () => scene.live("own").length === 1);
});

Deno.test("an old token that comes back into the profile is not revoked while it serves", async () => {
  const { scene, proxy, old } = await openServing();
  await using _ = scene;
  const end = proxy.startRequest();
  assert((await proxy.rotate()).ok);
  const second = proxy.current?.tokenId;
  await until("it drains", () => proxy.draining.length === 1);
  // Somebody restores a copy of the file.
  await scene.writeProfile(old.value);
  scene.touch();
  await until("it serves again", () => proxy.current?.tokenId === old.tokenId);
  end();
  await until("the other one is revoked", () => !scene.live("own").includes(second ?? ""));
  assert.deepEqual(scene.live("own"), [old.tokenId]);
  assert((await proxy.rotate()).ok);
  await until("it is revoked in its turn", () => !scene.live("own").includes(old.tokenId));
  assert.deepEqual(scene.live("own"), [proxy.current?.tokenId]);
});

Deno.test("an old token that came back waits for its later requests as well", async () => {
  const { scene, proxy, old } = await openServing();
  await using _ = scene;
  const end = proxy.startRequest();
  assert((await proxy.rotate()).ok);
  await until("it drains", () => proxy.draining.length === 1);
  await scene.writeProfile(old.value);
  scene.touch();
  await until("it serves again", () => proxy.current?.tokenId === old.tokenId);
  const endLater = proxy.startRequest();
  end();
  assert((await proxy.rotate()).ok);
  const number = proxy.published.findLast(({ tokenId }) => tokenId === old.tokenId)?.number;
  await until("its second life drains", () => proxy.draining.includes(number ?? 0));
  await until("the one between is gone", () => scene.live("own").length === 2);
  assert(scene.live("own").includes(old.tokenId));
  endLater();
  await until("it is revoked", () => scene.live("own").length === 1);
});

Deno.test("an old token that comes back between two looks at the profile is not revoked", async () => {
  const { scene, proxy, old } = await openServing();
  await using _ = scene;
  const end = proxy.startRequest();
  assert((await proxy.rotate()).ok);
  await until("it drains", () => proxy.draining.length === 1);
  await scene.writeProfile(old.value);
  end();
  // Nothing has woken the chain: the revocation itself looks first.
  await until("it serves again", () => proxy.current?.tokenId === old.tokenId);
  assert(scene.live("own").includes(old.tokenId));
});

Deno.test("stop() revokes what waits, keeps the serving token, and the next start adopts it", async () => {
  const { scene, proxy } = await openServing();
  await using _ = scene;
  proxy.startRequest();
  assert((await proxy.rotate()).ok);
  const serving = proxy.current?.tokenId;
  assert.equal(scene.live("own").length, 2);
  await scene.stop();
  assert.deepEqual(scene.live("own"), [serving]);
  assert.deepEqual(await scene.journalled(), [serving]);
  const minted = scene.workspace.stats().minted;
  const next = scene.proxy();
  await scene.start({ lastNumber: 100 });
  await until("it serves", () => next.chain?.state === "live");
  assert.equal(next.current?.tokenId, serving);
  assert.equal(next.current?.number, 101);
  assert.equal(scene.workspace.stats().minted, minted);
});

Deno.test("stop() does not wait for a workspace that hangs before it revokes the rest", async () => {
  // Short lives make for short waits: an answer is waited for 2 s.
  const config = { tokenLifetimeMs: 20_000, rotationIntervalMs: 10_000 };
  const { scene, proxy, old } = await openServing({ config });
  await using _ = scene;
  proxy.startRequest();
  assert((await proxy.rotate()).ok);
  const path = "/api/2.0/token/create";
  const hang = scene.workspace.fault({ match: { path }, action: { kind: "hang" } });
  proxy.rotate();
  await until("it mints", () => hang.hits() === 1);
  const stopped = scene.stop();
  await until("the old one is revoked", () => !scene.live("own").includes(old.tokenId));
  await stopped;
  // The step that hung ends after that, by its own time limit.
  const names = scene.events.map(({ event }) => event);
  assert(names.includes("rotation-failed"));
  assert(names.lastIndexOf("revoked") < names.indexOf("rotation-failed"));
  assert.equal(scene.live("own").length, 1);
});

Deno.test("an old token that a proxy goes back to in its last moments is waited for", async () => {
  const { scene, proxy, old } = await openServing({ config: { graceMs: 500 } });
  await using _ = scene;
  assert((await proxy.rotate()).ok);
  // As a proxy does whose endpoint does not know the new token yet.
  const end = proxy.startRequest(proxy.published.at(-2)?.number);
  await until("it waits for that", () => proxy.draining.length === 1);
  assert(scene.live("own").includes(old.tokenId));
  end();
  await until("it is revoked", () => !scene.live("own").includes(old.tokenId));
});

Deno.test("an old token lives on for a moment for whoever has just read it, but not at the end", async () => {
  const { scene, proxy, old } = await openServing({ config: { graceMs: 60_000 } });
  await using _ = scene;
  assert((await proxy.rotate()).ok);
  await until("its requests are done", () => proxy.draining.length === 0);
  assert((await proxy.rotate()).ok);
  assert(scene.live("own").includes(old.tokenId), "nothing else holds it");
  await scene.stop();
  assert(!scene.live("own").includes(old.tokenId));
});

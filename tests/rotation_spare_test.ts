/**
 * The spare: a second token in the rotator's memory, which makes the next one when the serving one
 * is lost.
 */

import assert from "node:assert/strict";
import type { RotatorConfig } from "../protocol.ts";
import { COMMENT, RotationScene, type SceneOptions } from "./support/rotation_scene.ts";
import type { FakeProxy } from "./support/fake_proxy.ts";
import { answer } from "./support/serving_scene.ts";
import { until } from "./support/until.ts";

const HOUR_MS = 3_600_000;
const CREATE = "/api/2.0/token/create";
const SPARE_LIFE_MS = 4 * HOUR_MS;

interface Place extends AsyncDisposable {
  readonly scene: RotationScene;
  readonly proxy: FakeProxy;
}

/** A scene in which an own token serves and a spare is at hand. */
async function open(
  config: Partial<RotatorConfig> = {},
  workspace: SceneOptions["workspace"] = {},
): Promise<Place> {
  const scene = await RotationScene.open({
    config: { spareLifetimeMs: SPARE_LIFE_MS, ...config },
    workspace,
  });
  await scene.writeProfile(scene.workspace.issue({ lifetimeMs: HOUR_MS }).value);
  const proxy = scene.proxy();
  await scene.start();
  await until("there is a spare", () => typeof proxy.chain?.spare?.tokenId === "string");
  await until("the given token is gone", () => scene.live("other").length === 0);
  return { scene, proxy, [Symbol.asyncDispose]: () => scene[Symbol.asyncDispose]() };
}

const spareOf = ({ proxy }: Place) => proxy.chain?.spare?.tokenId ?? "";
const servingOf = ({ proxy }: Place) => proxy.current?.tokenId ?? "";

Deno.test("spare: it is made once an own token serves, and stands on no disk", async () => {
  await using place = await open();
  const { scene } = place;
  assert.deepEqual(new Set(scene.live("own")), new Set([servingOf(place), spareOf(place)]));
  const view = place.proxy.chain?.spare;
  assert((view?.expiresAt ?? 0) > scene.now() + SPARE_LIFE_MS - 60_000);
  // Its id is journalled, so that a crash leaves nothing behind; its value is nowhere.
  assert((await scene.journalled()).includes(spareOf(place)));
  const served = place.proxy.published.map(({ tokenId }) => tokenId);
  assert(!served.includes(spareOf(place)), "it serves no request");
});

Deno.test("spare: with a life of 0 there is none", async () => {
  await using scene = await RotationScene.open();
  await scene.writeProfile(scene.workspace.issue({ lifetimeMs: HOUR_MS }).value);
  const proxy = scene.proxy();
  await scene.start();
  await until("it serves", () => proxy.published.length === 2);
  assert((await proxy.rotate()).ok);
  assert.equal(proxy.chain?.spare, null);
  await until("one lives", () => scene.live("own").length === 1);
});

Deno.test("spare: a serving token that is revoked behind our back is replaced by it", async () => {
  await using place = await open();
  const { scene, proxy } = place;
  const [lost, spare] = [servingOf(place), spareOf(place)];
  scene.workspace.revoke(lost);
  proxy.send({ type: "rejected", number: proxy.current?.number ?? 0 });
  await until("another one serves", () => servingOf(place) !== lost);
  assert.equal(await scene.profileToken(), proxy.current?.value);
  await until("it is told", () => scene.eventsOf("rotated").length === 2);
  assert.equal(scene.eventsOf("rotated")[1]?.oldId, lost);
  assert(!proxy.chains.some(({ state }) => state === "lost"), "nobody was told that all is lost");
  assert.equal(spareOf(place), spare, "it stays for the next time");
  await until("the lost one is forgotten", async () => !(await scene.journalled()).includes(lost));
});

Deno.test("spare: a mint that is refused for the serving token is made with it at once", async () => {
  await using place = await open();
  const { scene, proxy } = place;
  const lost = servingOf(place);
  scene.workspace.revoke(lost);
  // No request has met it yet: the rotation itself does.
  assert((await proxy.rotate()).ok);
  assert.notEqual(servingOf(place), lost);
  assert.equal(scene.eventsOf("rotation-failed").length, 0);
});

Deno.test("spare: the API is down past the serving token's life: it recovers by itself", async () => {
  await using place = await open();
  const { scene, proxy } = place;
  scene.random = 0.999;
  const lost = servingOf(place);
  const fault = scene.workspace.fault({
    match: { path: "/api/2.0/token" },
    action: answer(503, {}),
  });
  scene.advance(601_000);
  await until("it fails", () => (proxy.chain?.failures ?? 0) > 0);
  scene.advance(HOUR_MS);
  await until("it goes on failing", () => (proxy.chain?.failures ?? 0) > 2);
  assert(!scene.live("own").includes(lost), "the serving one has expired");
  const waitMs = (proxy.chain?.nextAttemptAt ?? 0) - scene.now();
  assert(waitMs <= 3_000, `tries again in ${waitMs} ms`);
  fault.remove();
  scene.advance(3_000);
  await until("it recovers", () => proxy.chain?.state === "live");
  assert.notEqual(servingOf(place), lost);
});

Deno.test("spare: it is renewed at half of its life, and the old one is revoked", async () => {
  await using place = await open();
  const { scene, proxy } = place;
  const first = spareOf(place);
  // Each of these is a rotation's time; nothing else happens to the spare meanwhile.
  for (let passedMs = 0; passedMs < SPARE_LIFE_MS / 2 - 600_000; passedMs += 600_000) {
    const rotated = scene.eventsOf("rotated").length;
    scene.advance(600_000);
    await until("it rotates", () => scene.eventsOf("rotated").length === rotated + 1);
  }
  assert.equal(spareOf(place), first);
  scene.advance(600_000);
  await until("it is renewed", () => spareOf(place) !== first);
  assert.equal(scene.eventsOf("spare-renewed").length, 2);
  await until("the old one is gone", () => !scene.live("own").includes(first));
  await until("two live", () => scene.live("own").length === 2);
  assert.equal(proxy.chain?.state, "live");
});

Deno.test("spare: one that is revoked behind our back is noticed when it is needed, and told", async () => {
  await using place = await open();
  const { scene, proxy } = place;
  scene.workspace.revoke(spareOf(place));
  scene.workspace.revoke(servingOf(place));
  proxy.send({ type: "rejected", number: proxy.current?.number ?? 0 });
  await until("all is lost", () => proxy.chain?.state === "lost");
  assert.equal(scene.eventsOf("spare-dead").length, 1);
  assert.match(proxy.chain?.lastFailure ?? "", /create a personal access token/);
  // What a person gives then is taken up, and there is a spare again.
  const fresh = scene.workspace.issue({ lifetimeMs: HOUR_MS });
  await scene.writeProfile(fresh.value);
  await until("it is taken up and replaced", () => proxy.chain?.state === "live");
  await until("there is a spare", () => typeof proxy.chain?.spare?.tokenId === "string");
});

Deno.test("spare: a renewal that hangs delays no rotation, and is tidied up", async () => {
  await using place = await open();
  const { scene, proxy } = place;
  const hang = scene.workspace.fault({
    match: { path: CREATE, nth: 2 },
    times: 1,
    when: "after",
    action: { kind: "hang" },
  });
  // The rotation is the first mint from here on, the renewal that follows it hangs.
  scene.advance(SPARE_LIFE_MS / 2);
  await until("the renewal hangs", () => hang.hits() === 1);
  assert((await proxy.rotate()).ok, "somebody asks for a rotation meanwhile");
  await until("it has made way", () => scene.eventsOf("spare-put-off").length === 1);
  assert.equal(scene.eventsOf("spare-failed").length, 0, "which is no failure");
  assert.equal(proxy.chain?.spare?.lastFailure, null);
  await until("it is renewed later", () => scene.eventsOf("spare-renewed").length === 2);
  await until("nothing is left over", () => scene.live("own").length === 2);
});

Deno.test("spare: what fails is told and tried again, and the rest goes on", async () => {
  const scene = await RotationScene.open({ config: { spareLifetimeMs: SPARE_LIFE_MS } });
  await using _ = scene;
  await scene.writeProfile(scene.workspace.issue({ lifetimeMs: HOUR_MS }).value);
  const fault = scene.workspace.fault({
    match: { path: CREATE, nth: 2 },
    action: answer(500, { message: "oops" }),
  });
  const proxy = scene.proxy();
  await scene.start();
  await until("it fails", () => typeof proxy.chain?.spare?.lastFailure === "string");
  assert.match(proxy.chain?.spare?.lastFailure ?? "", /500: oops/);
  assert.equal(proxy.chain?.spare?.tokenId, null);
  assert.equal(proxy.chain?.state, "live", "the serving one is well");
  fault.remove();
  scene.advance(60_000);
  await until("there is one", () => typeof proxy.chain?.spare?.tokenId === "string");
  assert.equal(proxy.chain?.spare?.lastFailure, null);
});

Deno.test("spare: it is revoked at the end; the serving token is not", async () => {
  await using place = await open();
  const { scene } = place;
  const serving = servingOf(place);
  await scene.stop();
  assert.deepEqual(scene.live("own"), [serving]);
  assert.deepEqual(await scene.journalled(), [serving]);
});

Deno.test("spare: one that a crash left behind is swept at the next start", async () => {
  await using scene = await RotationScene.open({ config: { spareLifetimeMs: SPARE_LIFE_MS } });
  const serving = scene.workspace.issue({ lifetimeMs: 900_000, comment: COMMENT });
  const spare = scene.workspace.issue({ lifetimeMs: SPARE_LIFE_MS, comment: COMMENT });
  await scene.writeProfile(serving.value);
  const proxy = scene.proxy();
  await scene.start();
  await until("it is swept", () => !scene.live("own").includes(spare.tokenId));
  await until("there is another", () => typeof proxy.chain?.spare?.tokenId === "string");
  assert.equal(scene.live("own").length, 2);
});

Deno.test("scopes: the serving token cannot mint, and the spare does it", async () => {
  await using place = await open({ scopes: ["model-serving"] });
  const { scene, proxy } = place;
  const byId = (id: string) => scene.workspace.tokens().find((token) => token.id === id);
  // The first one was made before there was a spare; it has the scopes all the same.
  assert.deepEqual(byId(servingOf(place))?.scopes, ["model-serving"]);
  assert.equal(byId(spareOf(place))?.scopes, null);
  for (let turn = 0; turn < 2; turn++) assert((await proxy.rotate()).ok);
  assert.deepEqual(byId(servingOf(place))?.scopes, ["model-serving"]);
  await until("nothing is left over", () => scene.live("own").length === 2);
  assert.equal(proxy.chain?.state, "live");
});

Deno.test("scopes: a workspace that takes none is told of, and rotations go on without", async () => {
  await using place = await open({ scopes: ["model-serving"] }, { takesScopes: false });
  const { scene, proxy } = place;
  assert.equal(scene.eventsOf("scopes-refused").length, 1);
  assert((await proxy.rotate()).ok);
  assert.equal(scene.eventsOf("scopes-refused").length, 1, "once");
  await until("nothing is left over", () => scene.live("own").length === 2);
});

Deno.test("spare: it goes last at the end, since it may be all that can revoke", async () => {
  await using place = await open({ scopes: ["serving"] });
  const { scene, proxy } = place;
  proxy.startRequest();
  assert((await proxy.rotate()).ok);
  const serving = servingOf(place);
  assert.equal(scene.live("own").length, 3);
  await scene.stop();
  assert.deepEqual(scene.live("own"), [serving], "the one before was scoped, as this one is");
});

Deno.test("spare: where it is dead at the end, the token of the environment revokes for scoped ones", async () => {
  await using scene = await RotationScene.open();
  const bootstrap = scene.workspace.issue({ lifetimeMs: 90 * 24 * HOUR_MS });
  const proxy = scene.proxy();
  const config = { bootstrapToken: bootstrap.value, scopes: ["serving"] };
  await scene.start({ ...config, spareLifetimeMs: SPARE_LIFE_MS });
  await until("there is a spare", () => typeof proxy.chain?.spare?.tokenId === "string");
  proxy.startRequest();
  assert((await proxy.rotate()).ok);
  scene.workspace.revoke(proxy.chain?.spare?.tokenId ?? "");
  await scene.stop();
  assert.equal(scene.live("own").length, 1);
});

Deno.test("spare: after a crash the token of the environment makes another one for a scoped one, and finds the old one", async () => {
  await using scene = await RotationScene.open();
  const bootstrap = scene.workspace.issue({ lifetimeMs: 90 * 24 * HOUR_MS });
  const orphan = scene.workspace.issue({ lifetimeMs: SPARE_LIFE_MS, comment: COMMENT });
  const headers = { authorization: `Bearer ${bootstrap.value}` };
  const response = await fetch(`${scene.workspace.origin}${CREATE}`, {
    method: "POST",
    headers,
    body: JSON.stringify({ comment: COMMENT, "lifetime_seconds": 900, scopes: ["serving"] }),
  });
  const made = await response.json();
  await scene.writeProfile(made["token_value"]);
  const proxy = scene.proxy();
  const config = { bootstrapToken: bootstrap.value, scopes: ["serving"] };
  await scene.start({ ...config, spareLifetimeMs: SPARE_LIFE_MS });
  await until("there is a spare", () => typeof proxy.chain?.spare?.tokenId === "string");
  await until("the old one is gone", () => !scene.live("own").includes(orphan.tokenId));
  assert.equal(
    proxy.current?.tokenId,
    made["token_info"]["token_id"],
    "it did not wait for a rotation",
  );
  assert.equal(scene.live("own").length, 2);
});

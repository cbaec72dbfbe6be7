/**
 * What the rotator does when the workspace refuses a token: it asks about it once, and finds
 * another one if it is dead.
 */

import assert from "node:assert/strict";
import type { RotatorConfig } from "../protocol.ts";
import { COMMENT, RotationScene } from "./support/rotation_scene.ts";
import type { FakeProxy } from "./support/fake_proxy.ts";
import { until } from "./support/until.ts";

const LIST = "/api/2.0/token/list";

interface Served extends AsyncDisposable {
  readonly scene: RotationScene;
  readonly proxy: FakeProxy;
  readonly serving: { readonly value: string; readonly tokenId: string };
  readonly spare: { readonly value: string; readonly tokenId: string };
}

/** A scene in which an own token serves; `spare` is one that nobody knows of yet. */
async function openServing(
  config: (tokens: { spare: string }) => Partial<RotatorConfig> = () => ({}),
): Promise<Served> {
  const scene = await RotationScene.open();
  const serving = scene.workspace.issue({ lifetimeMs: 900_000, comment: COMMENT });
  const spare = scene.workspace.issue({ lifetimeMs: 3_600_000 });
  await scene.writeProfile(serving.value);
  const proxy = scene.proxy();
  await scene.start(config({ spare: spare.value }));
  await until("it serves", () => proxy.chain?.state === "live");
  return {
    scene,
    proxy,
    serving,
    spare,
    [Symbol.asyncDispose]: () => scene[Symbol.asyncDispose](),
  };
}

Deno.test("a refused token that lives serves on under a new number", async () => {
  await using place = await openServing();
  const { scene, proxy, serving } = place;
  const asked = scene.asked(LIST);
  const number = proxy.current?.number ?? 0;
  proxy.send({ type: "rejected", number });
  await until("it is published again", () => proxy.published.length === 2);
  assert.equal(proxy.current?.value, serving.value);
  assert(proxy.current !== null && proxy.current.number > number);
  assert.equal(scene.asked(LIST), asked + 1);
  assert.equal(scene.workspace.stats().minted, 0);
});

Deno.test("many refusals of one token cost one question, also of a file's own generation", async () => {
  await using place = await openServing();
  const { scene, proxy } = place;
  const asked = scene.asked(LIST);
  for (let turn = 0; turn < 50; turn++) {
    // A proxy that follows the file numbers its generation just behind the published one.
    proxy.send({ type: "rejected", number: (proxy.current?.number ?? 0) + 2 ** -20 });
  }
  await until("it is published again", () => proxy.published.length === 2);
  proxy.send({ type: "rejected", number: proxy.current?.number ?? 0 });
  await until("and again", () => proxy.published.length === 3);
  assert.equal(scene.asked(LIST), asked + 1);
});

Deno.test("a late refusal of an older generation changes nothing", async () => {
  await using place = await openServing();
  const { scene, proxy } = place;
  const number = proxy.current?.number ?? 0;
  assert((await proxy.rotate()).ok);
  const asked = scene.asked(LIST);
  proxy.send({ type: "rejected", number });
  assert((await proxy.rotate()).ok);
  assert.equal(scene.asked(LIST), asked + 1, "only that of the rotation itself");
  assert.equal(proxy.published.length, 3);
});

Deno.test("a refused token that is dead makes way for the one of the environment", async () => {
  await using place = await openServing(({ spare }) => ({ bootstrapToken: spare }));
  const { scene, proxy, serving, spare } = place;
  scene.workspace.revoke(serving.tokenId);
  proxy.send({ type: "rejected", number: proxy.current?.number ?? 0 });
  await until("it is taken up", () => proxy.published.some(({ value }) => value === spare.value));
  await until("and replaced", () => scene.eventsOf("rotated").length === 1);
  assert.equal(await scene.profileToken(), proxy.current?.value);
  assert(!proxy.chains.some(({ state }) => state === "lost"));
});

Deno.test("a refused token that is dead makes way for a new one in the profile", async () => {
  await using place = await openServing();
  const { scene, proxy, serving, spare } = place;
  scene.workspace.revoke(serving.tokenId);
  await scene.writeProfile(spare.value);
  proxy.send({ type: "rejected", number: proxy.current?.number ?? 0 });
  await until("it is taken up", () => proxy.published.some(({ value }) => value === spare.value));
  await until("and replaced", () => scene.eventsOf("rotated").length === 1);
});

Deno.test("where nothing lives, the chain is lost in a sentence, and found by a write", async () => {
  await using place = await openServing();
  const { scene, proxy, serving, spare } = place;
  scene.random = 0.999;
  scene.workspace.revoke(serving.tokenId);
  proxy.send({ type: "rejected", number: proxy.current?.number ?? 0 });
  await until("it is lost", () => proxy.chain?.state === "lost");
  assert.match(
    proxy.chain?.lastFailure ?? "",
    /^The profile "DEFAULT" in .* holds a token that is expired or revoked \(or of another workspace\), and nothing else at hand can mint one: create a personal access token .*; it is taken up at once$/,
  );
  assert.equal(proxy.chain?.generation, null);
  assert(!JSON.stringify([proxy.chains, scene.events]).includes(serving.value));
  const outcome = await proxy.rotate();
  assert(!outcome.ok && outcome.message === proxy.chain?.lastFailure);
  // Requests that wait are told each time, but the workspace is not asked each time.
  const asked = scene.asked(LIST);
  for (let asks = 0; asks < 50; asks++) {
    const told = proxy.chains.length;
    proxy.send({ type: "needed" });
    await until("the one who asks is told", () => proxy.chains.length > told);
  }
  assert(scene.asked(LIST) <= asked + 1);
  await scene.writeProfile(spare.value);
  await until("it is taken up", () => proxy.published.some(({ value }) => value === spare.value));
  await until("and replaced", () => proxy.chain?.state === "live");
});

Deno.test("a profile without any token is told as such", async () => {
  await using scene = await RotationScene.open();
  const proxy = scene.proxy();
  await scene.start();
  await until("it is lost", () => proxy.chain?.state === "lost");
  assert.match(proxy.chain?.lastFailure ?? "", /holds no token, and nothing else/);
});

Deno.test("a refusal that nobody can be asked about: it serves again now and then, and is asked about later", async () => {
  await using place = await openServing();
  const { scene, proxy } = place;
  const fault = scene.workspace.fault({ match: { path: LIST }, action: { kind: "reset" } });
  const refuse = () => proxy.send({ type: "rejected", number: proxy.current?.number ?? 0 });
  refuse();
  // A workspace that fails may have called a living token dead as well.
  await until("it serves on", () => proxy.published.length === 2);
  assert.equal(proxy.current?.value, proxy.published[0]?.value);
  refuse();
  proxy.send({ type: "needed" });
  await until("it is asked about again", () => fault.hits() === 2);
  await until("that is told", () => proxy.chain?.state === "retrying");
  assert.equal(proxy.published.length, 2, "not twice in 5 s");
  fault.remove();
  scene.advance(10_000);
  await until("it lives", () => proxy.published.length === 3);
  await until("all is well", () => proxy.chain?.state === "live");
});

Deno.test("a refusal is asked about for less long than requests are held for the answer", async () => {
  await using place = await openServing();
  const { scene, proxy } = place;
  scene.workspace.fault({ match: { path: LIST }, action: { kind: "hang" } });
  proxy.send({ type: "rejected", number: proxy.current?.number ?? 0 });
  await until("nobody answers", () => scene.eventsOf("credential-failed").length === 1);
  assert.match(String(scene.eventsOf("credential-failed")[0]?.error), /did not answer within 6 s/);
  assert.equal(proxy.published.length, 2, "it serves on");
});

Deno.test("a refusal during a mint that hangs: that is given up, and the spare makes the next one", async () => {
  await using place = await openServing(() => ({ spareLifetimeMs: 14_400_000 }));
  const { scene, proxy, serving } = place;
  await until("there is a spare", () => typeof proxy.chain?.spare?.tokenId === "string");
  const match = { path: "/api/2.0/token/create" };
  const fault = scene.workspace.fault({ match, times: 1, action: { kind: "hang" } });
  scene.advance(601_000);
  await until("it mints", () => fault.hits() === 1);
  scene.workspace.revoke(serving.tokenId);
  proxy.send({ type: "rejected", number: proxy.current?.number ?? 0 });
  await until("another one serves", () => proxy.current?.tokenId !== serving.tokenId);
  assert.match(String(scene.eventsOf("rotation-failed")[0]?.error), /was called off/);
});

Deno.test("a refusal while a rotation waits to be tried again does not bring that forward", async () => {
  await using place = await openServing();
  const { scene, proxy } = place;
  scene.random = 0.999;
  const fault = scene.workspace.fault({
    match: { path: "/api/2.0/token/create" },
    action: { kind: "reset" },
  });
  scene.advance(601_000);
  await until("it fails", () => proxy.chain?.failures === 1);
  proxy.send({ type: "rejected", number: proxy.current?.number ?? 0 });
  await until("it serves on at once", () => proxy.published.length === 2);
  proxy.send({ type: "needed" });
  await until("that is told", () => proxy.chain?.generation === proxy.current?.number);
  assert.equal(fault.hits(), 1);
  assert.equal(proxy.chain?.failures, 1);
  assert.equal(proxy.chain?.state, "retrying");
});

/** Who asks for a rotation, and when he gets one of his own. */

import assert from "node:assert/strict";
import { answer, openServing } from "./support/serving_scene.ts";
import { until } from "./support/until.ts";

const CREATE = "/api/2.0/token/create";

Deno.test("whoever asks while a successor is made shares it, through whichever proxy", async () => {
  const { scene, proxy, old } = await openServing();
  await using _ = scene;
  const other = scene.proxy();
  scene.workspace.fault({ match: { path: CREATE }, times: 1, action: { kind: "delay", ms: 100 } });
  const first = proxy.rotate();
  await until("it is being made", () => scene.asked(CREATE) === 1);
  const outcomes = await Promise.all([first, other.rotate(), proxy.rotate()]);
  const shared = { ok: true, oldId: old, newId: proxy.current?.tokenId };
  assert.deepEqual(outcomes, [shared, shared, shared]);
  assert.equal(scene.workspace.stats().minted, 1);
  assert.equal(scene.eventsOf("rotated").length, 1);
});

Deno.test("whoever asks while a rotation is made by the clock shares that", async () => {
  const { scene, proxy } = await openServing();
  await using _ = scene;
  scene.workspace.fault({ match: { path: CREATE }, times: 1, action: { kind: "delay", ms: 100 } });
  scene.advance(601_000);
  await until("it is being made", () => scene.asked(CREATE) === 1);
  assert((await proxy.rotate()).ok);
  assert.equal(scene.workspace.stats().minted, 1);
});

Deno.test("whoever asks when the successor serves already gets another one", async () => {
  const { scene, proxy } = await openServing();
  await using _ = scene;
  // The rotation is answered when all proxies know of it, and this one says nothing.
  const silent = scene.proxy("silent");
  const first = proxy.rotate();
  await until("the successor serves", () => proxy.published.length === 2);
  const second = proxy.rotate();
  await until("another one serves", () => proxy.published.length === 3);
  silent.speak();
  const outcomes = await Promise.all([first, second]);
  const newIds = outcomes.map((outcome) => outcome.ok && outcome.newId);
  assert.deepEqual(newIds, proxy.published.slice(1).map(({ tokenId }) => tokenId));
});

Deno.test("whoever asks during a rotation that fails gets a try of his own", async () => {
  const { scene, proxy } = await openServing();
  await using _ = scene;
  const body = { "error_code": 403, message: "Invalid access token." };
  // As often as a new token is tried before it is given up.
  const fault = scene.workspace.fault({
    match: { path: "/api/2.0/token/list" },
    times: 5,
    action: answer(403, body),
  });
  const first = proxy.rotate();
  await until("it is tried", () => fault.hits() > 0);
  const outcomes = await Promise.all([first, proxy.rotate(), proxy.rotate()]);
  assert.deepEqual(outcomes.map(({ ok }) => ok), [false, true, true]);
  assert.equal(scene.workspace.stats().minted, 2, "the two of them share it");
});

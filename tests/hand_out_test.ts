/**
 * Tokens that were handed out through the metadata URL: an SDK uses what it got until the time
 * that it was told, so the token lives until then, whatever the rotator replaces it with.
 */

import assert from "node:assert/strict";
import { tokenIdOf } from "../workspace/credential.ts";
import { Secret } from "../support/secret.ts";
import { HandOutScene } from "./support/hand_out_scene.ts";
import { until } from "./support/until.ts";

Deno.test("a token that was handed out outlives its rotation, as long as it was said", async () => {
  await using scene = await HandOutScene.open();
  const given = await scene.give();
  await scene.operate("/keyturn/rotate");
  const next = await scene.give();
  assert.notEqual(next, given);

  scene.advance(69_999);
  await scene.isLookedAt();
  assert.equal(await scene.statusFor(given), 200);
  scene.advance(1);
  await until("it is revoked", async () => await scene.statusFor(given) === 403);
  assert.equal(await scene.statusFor(next), 200);
  assert.equal(scene.rotation.eventsOf("drain-timeout").length, 0);
});

Deno.test("two rotations in a row leave each handed-out token its time", async () => {
  await using scene = await HandOutScene.open();
  const tokens: string[] = [];
  for (let turn = 0; turn < 3; turn++) {
    tokens.push(await scene.give());
    await scene.operate("/keyturn/rotate");
    scene.advance(20_000);
  }
  await scene.isLookedAt();
  const statuses = () => Promise.all(tokens.map((token) => scene.statusFor(token)));
  assert.deepEqual(await statuses(), [200, 200, 200]);
  for (let gone = 1; gone <= 3; gone++) {
    scene.advance(gone === 1 ? 10_000 : 20_000);
    const wanted = tokens.map((_, turn) => turn < gone ? 403 : 200);
    await until(`${gone} are revoked`, async () => `${await statuses()}` === `${wanted}`);
  }
});

Deno.test("a handed-out token is held no longer than PAT_DRAIN_TIMEOUT", async () => {
  await using scene = await HandOutScene.open({ config: { drainTimeoutMs: 200 } });
  const token = await scene.give();
  await scene.operate("/keyturn/rotate");
  await until("it is revoked", async () => await scene.statusFor(token) === 403);
  const [event] = scene.rotation.eventsOf("drain-timeout");
  assert.equal(event?.tokenId, tokenIdOf(new Secret(token)));
});

Deno.test("what `keyturn token` prints is not waited for", async () => {
  await using scene = await HandOutScene.open();
  const token = (await scene.operate("/keyturn/token")).trim();
  assert.equal(await scene.statusFor(token), 200);
  await scene.operate("/keyturn/rotate");
  // The clock of hand-outs stands still.
  await until("it is revoked", async () => await scene.statusFor(token) === 403);
});

Deno.test("a stop of the service does not wait for what was handed out", async () => {
  await using scene = await HandOutScene.open();
  const token = await scene.give();
  await scene.operate("/keyturn/rotate");
  await scene.isLookedAt();
  assert.equal(await scene.statusFor(token), 200);
  // The clock of hand-outs stands still.
  await scene.rotation.stop();
  assert.equal(await scene.statusFor(token), 403);
});

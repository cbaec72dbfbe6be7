/** `ROTATION=off`: something else rewrites the profile, and Keyturn follows it. */

import assert from "node:assert/strict";
import { COMMENT, RotationScene } from "./support/rotation_scene.ts";
import { until } from "./support/until.ts";

Deno.test("ROTATION=off follows the profile, and mints, revokes and writes nothing", async () => {
  await using scene = await RotationScene.open({ config: { rotation: "off" } });
  const tokens = Array.from(
    { length: 3 },
    () => scene.workspace.issue({ lifetimeMs: 900_000, comment: COMMENT }),
  );
  const [first, second] = tokens;
  await scene.writeProfile(first?.value ?? "");
  const proxy = scene.proxy();
  await scene.start();
  await until("it follows", () => proxy.chain?.state === "following");
  assert.equal(proxy.current?.value, first?.value);
  scene.advance(700_000);
  await scene.writeProfile(second?.value ?? "");
  await until("the other is taken up", () => proxy.current?.value === second?.value);
  const outcome = await proxy.rotate();
  assert(!outcome.ok);
  assert.match(outcome.message, /^ROTATION=off: something else/);
  proxy.send({ type: "rejected", number: proxy.current?.number ?? 0 });
  await until("it is confirmed", () => proxy.published.length === 3);
  assert.equal(await scene.profileToken(), second?.value);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(scene.folder), ({ name }) => name), [
    "databrickscfg",
  ]);
  const writes = scene.workspace.requests().filter(({ method }) => method !== "GET");
  assert.deepEqual(writes, []);
  assert.equal(scene.live("own").length, 3);
  await scene.stop();
  assert.equal(scene.live("own").length, 3);
});

Deno.test("ROTATION=off hopes for another token when its own is dead", async () => {
  await using scene = await RotationScene.open({ config: { rotation: "off" } });
  const first = scene.workspace.issue({ lifetimeMs: 900_000 });
  await scene.writeProfile(first.value);
  const proxy = scene.proxy();
  await scene.start();
  await until("it follows", () => proxy.chain?.state === "following");
  scene.workspace.revoke(first.tokenId);
  proxy.send({ type: "rejected", number: proxy.current?.number ?? 0 });
  await until("it is told", () => proxy.chain?.generation === null);
  assert.equal(proxy.chain?.state, "following");
  assert.match(proxy.chain?.lastFailure ?? "", /expired or revoked/);
  const second = scene.workspace.issue({ lifetimeMs: 900_000 });
  await scene.writeProfile(second.value);
  await until("it is taken up", () => proxy.current?.value === second.value);
  await until("and told", () => proxy.chain?.lastFailure === null);
});

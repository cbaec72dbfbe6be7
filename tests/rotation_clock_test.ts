/**
 * When the rotator rotates: by the token's own age, for whoever uses it, and in spite of clocks
 * that jump.
 */

import assert from "node:assert/strict";
import { aStep, openServing } from "./support/serving_scene.ts";
import { until } from "./support/until.ts";

const HOUR_MS = 3_600_000;

Deno.test("a token that is used is replaced at its age, not before", async () => {
  const { scene, proxy } = await openServing();
  await using _ = scene;
  scene.advance(598_000);
  await aStep(proxy);
  assert.equal(proxy.published.length, 1);
  scene.advance(2_000);
  await until("it is replaced", () => proxy.published.length === 2);
});

Deno.test("an idle service skips its rotation, until a request comes in", async () => {
  const { scene, proxy } = await openServing({ config: { tokenLifetimeMs: HOUR_MS } });
  await using _ = scene;
  scene.idle(1_300_000);
  await aStep(proxy);
  assert.equal(proxy.published.length, 1);
  assert.equal(proxy.chain?.nextAttemptAt, (proxy.chain?.expiresAt ?? 0) - 600_000);
  scene.touch();
  await until("it is replaced", () => proxy.published.length === 2);
});

Deno.test("an idle service rotates all the same when one interval of life is left", async () => {
  const { scene, proxy } = await openServing({ config: { tokenLifetimeMs: HOUR_MS } });
  await using _ = scene;
  scene.idle(HOUR_MS - 601_000);
  await aStep(proxy);
  assert.equal(proxy.published.length, 1);
  scene.idle(2_000);
  await until("it is replaced", () => proxy.published.length === 2);
});

Deno.test("an idle service with a short interval rotates while the workspace still takes its token", async () => {
  const { scene, proxy } = await openServing({
    config: { rotationIntervalMs: 10_000 },
    workspace: { rejectLastMs: 30_000 },
  });
  await using _ = scene;
  scene.idle(838_000);
  await aStep(proxy);
  assert.equal(proxy.published.length, 1);
  scene.idle(2_000);
  await until("it is replaced", () => proxy.published.length === 2);
  scene.idle(860_000);
  await until("and that one as well", () => proxy.published.length === 3);
  assert.equal(scene.eventsOf("rotation-failed").length, 0);
});

for (
  const [what, ms] of [["forward by hours", 5 * HOUR_MS], ["back by hours", -5 * HOUR_MS], [
    "back by minutes",
    -120_000,
  ]] as const
) {
  Deno.test(`a clock that is set ${what} makes the rotator rotate at once`, async () => {
    const { scene, proxy } = await openServing();
    await using _ = scene;
    scene.advance(300_000);
    await aStep(proxy);
    assert.equal(proxy.published.length, 1);
    scene.setClock(ms);
    await until("it is replaced", () => proxy.published.length === 2);
    // By the clock as it is now.
    const { issuedAt, expiresAt } = proxy.current ?? {};
    assert(Math.abs((issuedAt ?? 0) - scene.now()) < 60_000);
    assert(Math.abs((expiresAt ?? 0) - scene.now() - 900_000) < 60_000);
    await until("the old one is revoked", () => scene.live("own").length === 1);
    await aStep(proxy);
    assert.equal(proxy.published.length, 2, "once");
    assert.equal(proxy.chain?.state, "live");
  });
}

Deno.test("a clock that is set back does not postpone a try that is due", async () => {
  const { scene, proxy } = await openServing();
  await using _ = scene;
  scene.random = 0.5;
  const fault = scene.workspace.fault({
    match: { path: "/api/2.0/token/create" },
    action: { kind: "reset" },
  });
  scene.advance(601_000);
  await until("it fails", () => proxy.chain?.failures === 1);
  fault.remove();
  scene.setClock(-5 * HOUR_MS);
  scene.advance(2_501);
  await until("it succeeds", () => proxy.published.length === 2);
});

Deno.test("a machine that slept through its token's end says so, and recovers at once", async () => {
  const { scene, proxy } = await openServing();
  await using _ = scene;
  scene.advance(3 * HOUR_MS);
  await until("all is lost", () => proxy.chain?.state === "lost");
  assert.match(proxy.chain?.lastFailure ?? "", /holds a token that is expired or revoked/);
  const fresh = scene.workspace.issue({ lifetimeMs: HOUR_MS });
  await scene.writeProfile(fresh.value);
  await until("it is taken up", () => proxy.published.some(({ value }) => value === fresh.value));
  await until("and replaced", () => scene.live("own").length === 1);
});

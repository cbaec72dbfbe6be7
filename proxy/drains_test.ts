import assert from "node:assert/strict";
import { until } from "../tests/support/until.ts";
import { Drains } from "./drains.ts";

/** Drains over uses that the test sets. */
function makeScene() {
  const scene = { elapsed: 0, looks: 0, uses: [use(1)] };
  const drains = new Drains({
    uses: () => scene.uses,
    elapsed: () => {
      scene.looks++;
      return scene.elapsed;
    },
  });
  return { scene, drains };
}

function use(number: number, more: { inFlight?: number; handedOutUntil?: number } = {}) {
  const { inFlight = 0, handedOutUntil = Number.NEGATIVE_INFINITY } = more;
  return { generation: { number }, inFlight, handedOutUntil };
}

Deno.test("until() ends by the clock alone when nothing but a hand-out is waited for", async () => {
  const { scene, drains } = makeScene();
  scene.uses = [use(2, { handedOutUntil: 90_000 }), use(1, { handedOutUntil: 60_000 })];
  let ended = 0;
  const waits = [1, 1, 2].map((number) => drains.until(number).then(() => ended++));
  scene.elapsed = 59_999;
  const { looks } = scene;
  await until("the clock was looked at", () => scene.looks > looks + 3);
  assert.equal(ended, 0);
  scene.elapsed = 60_000;
  await until("those of the first end", () => ended === 2);
  assert(drains.isWaitedFor);
  scene.elapsed = 90_000;
  await Promise.all(waits);
  assert(!drains.isWaitedFor);
});

Deno.test("until() looks at no clock while requests are in flight, and at none when all is over", async () => {
  const { scene, drains } = makeScene();
  scene.uses = [use(1, { inFlight: 1 })];
  const wait = drains.until(1);
  const { looks } = scene;
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(scene.looks, looks);
  scene.uses = [use(1)];
  drains.settle();
  await wait;
  // The sanitizer of timers would complain of one that is left.
});

Deno.test("close() leaves no timer behind, nor does anybody who comes to an end after it", () => {
  const { scene, drains } = makeScene();
  scene.uses = [use(1, { handedOutUntil: 3_600_000 })];
  drains.until(1);
  drains.close();
  drains.settle();
  assert(!drains.isWaitedFor);
});

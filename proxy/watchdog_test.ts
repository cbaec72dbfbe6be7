import assert from "node:assert/strict";
import { keepLooking, Watchdog } from "./watchdog.ts";

function makeScene() {
  const scene = { now: 0 };
  return { scene, watchdog: new Watchdog(100, { now: () => scene.now }) };
}

Deno.test("check() calls back once for an exchange that was waited for too long", () => {
  const { scene, watchdog } = makeScene();
  let calls = 0;
  watchdog.watch(() => calls++);
  scene.now = 99;
  watchdog.check();
  assert.equal(calls, 0);
  scene.now = 100;
  watchdog.check();
  watchdog.check();
  assert.equal(calls, 1);
  assert.equal(watchdog.size, 0);
});

Deno.test("check() counts from the last time that something was waited for", () => {
  const { scene, watchdog } = makeScene();
  let calls = 0;
  const watch = watchdog.watch(() => calls++);
  for (let event = 0; event < 10; event++) {
    scene.now += 99;
    watch.wait();
    watchdog.check();
  }
  assert.equal(calls, 0);
  scene.now += 100;
  watchdog.check();
  assert.equal(calls, 1);
});

Deno.test("check() leaves an exchange alone whose caller is slow", () => {
  const { scene, watchdog } = makeScene();
  let calls = 0;
  const watch = watchdog.watch(() => calls++);
  watch.rest();
  scene.now = 1_000_000;
  watchdog.check();
  assert.equal(calls, 0);
  watch.wait();
  scene.now += 100;
  watchdog.check();
  assert.equal(calls, 1);
});

Deno.test("end() ends one exchange", () => {
  const { scene, watchdog } = makeScene();
  const silent: string[] = [];
  const first = watchdog.watch(() => silent.push("first"));
  const second = watchdog.watch(() => silent.push("second"));
  first.end();
  first.end();
  first.wait();
  scene.now = 100;
  watchdog.check();
  assert.deepEqual(silent, ["second"]);
  second.end();
  assert.equal(watchdog.size, 0);
});

Deno.test("keepLooking() lets all of them look, until it is ended", async () => {
  const slow = new Watchdog(60_000);
  const quick = new Watchdog(20);
  const stop = keepLooking([slow, quick]);
  slow.watch(() => assert.fail("nobody was silent for so long"));
  await new Promise<void>((resolve) => quick.watch(resolve));
  await new Promise<void>((resolve) => quick.watch(resolve));
  stop();
  // A timer that still ran would be reported as a leak of this test.
});

import assert from "node:assert/strict";
import { WokenClient } from "./woken_client.ts";

function makeScene() {
  const clocks = { now: 1_000_000, elapsed: 0 };
  const scene = { made: 0, clocks };
  const woken = new WokenClient({
    now: () => clocks.now,
    elapsed: () => clocks.elapsed,
    make: () => {
      scene.made++;
      return Deno.createHttpClient({});
    },
  });
  return { scene, woken };
}

Deno.test("get() gives one client for as long as the machine is awake", () => {
  const { scene, woken } = makeScene();
  const first = woken.get();
  scene.clocks.now += 3_600_000;
  scene.clocks.elapsed += 3_600_000;
  assert.equal(woken.get(), first);
  // A clock that is set back says nothing of sleep.
  scene.clocks.now -= 3_600_000;
  assert.equal(woken.get(), first);
  woken.close();
  assert.equal(scene.made, 1);
});

Deno.test("get() gives another client after a sleep, also if the clock was set back since it was seen", () => {
  const { scene, woken } = makeScene();
  const first = woken.get();
  scene.clocks.now += 3_600_000;
  woken.look();
  scene.clocks.now -= 3_600_000;
  assert.notEqual(woken.get(), first);
  woken.close();
  assert.equal(scene.made, 2);
});

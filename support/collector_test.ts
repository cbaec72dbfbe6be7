/** Memory is given back after work, in its pauses, and not otherwise. */

import assert from "node:assert/strict";
import { Collector } from "./collector.ts";

function makeScene() {
  const scene = { now: 0, heldBytes: 10_000_000, isBusy: false, collections: 0 };
  const collector = new Collector({
    collect: () => {
      scene.collections++;
      scene.heldBytes = 10_000_000;
    },
    heldBytes: () => scene.heldBytes,
    isBusy: () => scene.isBusy,
    elapsed: () => scene.now,
  });
  const look = (ms: number) => {
    scene.now += ms;
    collector.look();
    return scene.collections;
  };
  return { scene, look };
}

Deno.test("look() collects once in a while, after work", () => {
  const { scene, look } = makeScene();
  assert.equal(look(19_999), 0);
  assert.equal(look(1), 1);
  scene.heldBytes += 5_000_000;
  assert.equal(look(19_999), 1);
  assert.equal(look(1), 2);
});

Deno.test("look() lets a service sleep that does nothing", () => {
  const { scene, look } = makeScene();
  look(20_000);
  scene.heldBytes += 100_000;
  for (let minute = 0; minute < 10; minute++) assert.equal(look(60_000), 1);
  scene.heldBytes += 1_000_000;
  assert.equal(look(20_000), 2);
});

Deno.test("look() waits for a pause, but not for ever", () => {
  const { scene, look } = makeScene();
  scene.isBusy = true;
  assert.equal(look(29_999), 0);
  assert.equal(look(1), 1);
  scene.heldBytes += 5_000_000;
  assert.equal(look(25_000), 1);
  scene.isBusy = false;
  assert.equal(look(250), 2);
});

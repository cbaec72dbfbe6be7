/** Memory is given back after work, in its pauses, and not otherwise. */

import assert from "node:assert/strict";
import { Collector } from "./collector.ts";

function makeScene() {
  const scene = { now: 0, work: 1, isBusy: false, collections: 0 };
  const collector = new Collector({
    collect: () => {
      scene.collections++;
    },
    workDone: () => scene.work,
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
  scene.work++;
  assert.equal(look(19_999), 0);
  assert.equal(look(1), 1);
  scene.work++;
  assert.equal(look(19_999), 1);
  assert.equal(look(1), 2);
});

Deno.test("look() lets a service sleep that does nothing", () => {
  const { scene, look } = makeScene();
  for (let minute = 0; minute < 10; minute++) assert.equal(look(60_000), 0);
  scene.work++;
  assert.equal(look(250), 1);
  assert.equal(look(60_000), 1);
});

Deno.test("look() waits for a pause, but not for ever", () => {
  const { scene, look } = makeScene();
  scene.isBusy = true;
  scene.work++;
  assert.equal(look(29_999), 0);
  assert.equal(look(1), 1);
  scene.work++;
  assert.equal(look(25_000), 1);
  scene.isBusy = false;
  assert.equal(look(250), 2);
});

import assert from "node:assert/strict";
import { callAt, pause } from "./waits.ts";

Deno.test("pause() ends when its signal fires, before or after it began", async () => {
  const controller = new AbortController();
  const begun = pause(1_000_000, controller.signal);
  controller.abort();
  await begun;
  await pause(1_000_000, controller.signal);
  await pause(1, new AbortController().signal);
});

Deno.test("callAt() calls at once what is past, and is called off", async () => {
  let calls = 0;
  callAt(5, () => calls++, () => 5);
  assert.equal(calls, 1);
  // Longer than any timer can be: it must not fire at once.
  const callOff = callAt(90 * 86_400_000, () => calls++, () => 0);
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(calls, 1);
  callOff();
});

Deno.test("callAt() waits for the clock, not for the timer", async () => {
  const clock = { now: 0 };
  const { promise, resolve } = Promise.withResolvers<number>();
  // The clock reads 1, 2, 3 …: the first timers end before the moment.
  callAt(3, () => resolve(clock.now), () => clock.now++);
  assert.equal(await promise, 4);
});

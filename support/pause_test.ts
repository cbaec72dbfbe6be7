import assert from "node:assert/strict";
import { pause } from "./pause.ts";

Deno.test("pause() ends after its time, or with its signal, and leaves no timer behind", async () => {
  const never = new AbortController();
  await pause(1, never.signal);
  const cut = new AbortController();
  const paused = pause(1_000_000, cut.signal);
  cut.abort();
  await paused;
  await pause(1_000_000, cut.signal);
  assert(cut.signal.aborted);
});

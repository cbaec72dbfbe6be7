import assert from "node:assert/strict";
import { Strangers } from "./strangers.ts";

Deno.test("Strangers lets a few failures pass at once, and each one after them wait", () => {
  let now = 0;
  const strangers = new Strangers(() => now);
  const pauses = () => Array.from({ length: 25 }, () => strangers.fail("127.0.0.1") > 0);
  assert.deepEqual(pauses(), Array.from({ length: 25 }, (_, index) => index >= 20));
  assert.equal(strangers.fail("10.0.0.2"), 0, "another source has its own");
  now += 5_000;
  assert.deepEqual(
    pauses().filter((isHeld) => !isHeld).length,
    4,
    "one a second is forgiven, but for the one that is one too many",
  );
  now += 3_600_000;
  assert.equal(strangers.fail("127.0.0.1"), 0);
});

Deno.test("Strangers forgets who came longest ago rather than grow", () => {
  const strangers = new Strangers(() => 0);
  for (let tries = 0; tries < 30; tries++) strangers.fail("first");
  assert(strangers.fail("first") > 0);
  for (let index = 0; index < 1_024; index++) strangers.fail(`source-${index}`);
  assert.equal(strangers.fail("first"), 0);
});

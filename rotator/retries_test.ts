import assert from "node:assert/strict";
import { CredentialError } from "../support/errors.ts";
import { Retries } from "./retries.ts";

function open() {
  const clock = { now: 1_000_000, elapsed: 0 };
  const retries = new Retries({
    now: () => clock.now,
    elapsed: () => clock.elapsed,
    random: () => 0.5,
    windowMs: 260_000,
  });
  return { clock, retries };
}

Deno.test("Retries is due until something fails, and after a success", () => {
  const { retries } = open();
  assert(retries.isDue("unasked"));
  assert.equal(retries.waitMs, 0);
  retries.fail(new Error("oops"), { leftMs: 100_000, startedAt: 0 });
  assert(!retries.isDue("unasked"));
  assert.deepEqual([retries.count, retries.message, retries.kind], [1, "oops", null]);
  retries.succeed();
  assert(retries.isDue("unasked"));
  assert.deepEqual([retries.count, retries.message, retries.nextAt], [0, null, null]);
});

Deno.test("Retries waits by the clock that nobody sets", () => {
  const { clock, retries } = open();
  assert.equal(retries.fail(new Error("oops"), { leftMs: 100_000, startedAt: 0 }), 2_500);
  assert.equal(retries.nextAt, 1_002_500);
  clock.now -= 86_400_000;
  clock.elapsed = 2_499;
  assert(!retries.isDue("unasked"));
  clock.elapsed = 2_500;
  assert(retries.isDue("unasked"));
});

Deno.test("Retries is brought forward by who waits, but not every time", () => {
  const { clock, retries } = open();
  retries.fail(new CredentialError("unreachable", "no answer"), { leftMs: 100_000, startedAt: 0 });
  assert(!retries.isDue("asked"));
  clock.elapsed = 1_000;
  assert(retries.isDue("asked") && !retries.isDue("unasked"));
  retries.succeed();
  for (let times = 0; times < 5; times++) {
    retries.fail(new CredentialError("dead-token", ""), { leftMs: null, startedAt: 0 });
  }
  clock.elapsed = 5_999;
  assert(!retries.isDue("asked"), "a dead token is seldom asked about");
  clock.elapsed = 6_000;
  assert(retries.isDue("asked") && !retries.isDue("unasked"));
});

Deno.test("Retries is not brought forward where the workspace asked for patience", () => {
  const { clock, retries } = open();
  const error = new CredentialError("throttled", "slow down", { retryAfterMs: 30_000 });
  retries.fail(error, { leftMs: 100_000, startedAt: 0 });
  clock.elapsed = 29_999;
  assert(!retries.isDue("asked"));
  clock.elapsed = 30_000;
  assert(retries.isDue("unasked"));
});

Deno.test("Retries tells the next try by the clock as it is, whatever it was set to", () => {
  const { clock, retries } = open();
  retries.fail(new Error("oops"), { leftMs: 100_000, startedAt: 0 });
  assert.equal(retries.nextAt, 1_002_500);
  clock.now += 1_000;
  clock.elapsed += 1_000;
  assert.equal(retries.nextAt, 1_002_500);
  for (const byMs of [-3_600_000, 7_200_000]) {
    clock.now += byMs;
    assert.equal(retries.nextAt, clock.now + 1_500);
  }
  // An overdue one stays where it was.
  clock.now += 60_000;
  clock.elapsed += 60_000;
  assert.equal(retries.nextAt, 1_002_500);
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { planRotation, retryDelayMs } from "./schedule.ts";

Deno.test("planRotation() rotates at once what it knows nothing of", () => {
  const state = { now: 1_000, expiresAt: null, lastActiveAt: 1_000, intervalMs: 600 };
  assert.deepEqual(planRotation({ ...state, issuedAt: null }), { action: "rotate" });
  assert.deepEqual(planRotation({ ...state, issuedAt: 1_001 }), { action: "rotate" });
});

Deno.test("planRotation() never waits for longer than to the last interval of life", () => {
  const ms = fc.integer({ min: 1, max: 90 * 86_400_000 });
  fc.assert(fc.property(ms, ms, ms, ms, (ageMs, lifeMs, idleMs, intervalMs) => {
    fc.pre(intervalMs < lifeMs);
    const now = 1e12;
    const expiresAt = now - ageMs + lifeMs;
    const plan = planRotation({
      now,
      issuedAt: now - ageMs,
      expiresAt,
      lastActiveAt: now - idleMs,
      intervalMs,
    });
    if (plan.action === "rotate") return;
    assert(plan.until > now);
    assert(plan.until <= Math.max(now - ageMs + intervalMs, expiresAt - intervalMs));
    assert(plan.until < expiresAt);
  }));
});

Deno.test("retryDelayMs() lets eight tries fit between the age and the end, whatever the chance", () => {
  const windows = fc.integer({ min: 1_000, max: 86_400_000 });
  fc.assert(
    fc.property(
      windows,
      fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), {
        minLength: 8,
        maxLength: 8,
      }),
      (windowMs, chances) => {
        let leftMs = windowMs;
        for (const [index, random] of chances.entries()) {
          assert(leftMs > 0, `try ${index + 1} comes in time`);
          leftMs -= retryDelayMs({
            failures: index + 1,
            leftMs,
            windowMs,
            retryAfterMs: null,
            random,
          });
        }
      },
    ),
  );
});

Deno.test("retryDelayMs() asks for patience only while a token serves, or where it was asked to", () => {
  const state = { failures: 20, windowMs: 260_000, retryAfterMs: null, random: 0.999 };
  assert.equal(Math.round(retryDelayMs({ ...state, leftMs: 0 })), 9_990);
  assert.equal(Math.round(retryDelayMs({ ...state, leftMs: null })), 59_940);
  assert.equal(retryDelayMs({ ...state, leftMs: 0, retryAfterMs: 45_000 }), 45_000);
  assert.equal(retryDelayMs({ ...state, leftMs: 0, retryAfterMs: 3_600_000 }), 60_000);
  assert.equal(retryDelayMs({ ...state, leftMs: 10, random: 0, retryAfterMs: 0 }), 100);
});

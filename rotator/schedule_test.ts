import assert from "node:assert/strict";
import fc from "fast-check";
import type { CredentialFailure } from "../support/errors.ts";
import { rejectMarginMs } from "../workspace/credential.ts";
import { planRotation, retryDelayMs } from "./schedule.ts";

Deno.test("planRotation() rotates at once what it knows nothing of", () => {
  const state = { now: 1_000, expiresAt: null, lastActiveAt: 1_000, intervalMs: 600, marginMs: 40 };
  assert.deepEqual(planRotation({ ...state, issuedAt: null }), { action: "rotate" });
  assert.deepEqual(planRotation({ ...state, issuedAt: 1_001 }), { action: "rotate" });
});

Deno.test("planRotation() never waits for longer than to the last interval of life, nor up to the margin", () => {
  const ms = fc.integer({ min: 1, max: 90 * 86_400_000 });
  fc.assert(fc.property(ms, ms, ms, ms, (ageMs, lifeMs, idleMs, intervalMs) => {
    fc.pre(intervalMs < lifeMs);
    const marginMs = rejectMarginMs(lifeMs, intervalMs);
    const now = 1e12;
    const expiresAt = now - ageMs + lifeMs;
    const plan = planRotation({
      now,
      issuedAt: now - ageMs,
      expiresAt,
      lastActiveAt: now - idleMs,
      intervalMs,
      marginMs,
    });
    if (plan.action === "rotate") return;
    assert(plan.until > now);
    assert(plan.until <= Math.max(now - ageMs + intervalMs, expiresAt - intervalMs));
    assert(plan.until < expiresAt - marginMs);
  }));
});

const KINDS: readonly (CredentialFailure | null)[] = [
  "unreachable",
  "throttled",
  "dead-token",
  "forbidden",
  "quota",
  "disabled",
  "malformed",
  null,
];

Deno.test("retryDelayMs() lets eight tries fit between the age and the end, whatever the chance", () => {
  const windows = fc.integer({ min: 1_000, max: 86_400_000 });
  const tries = fc.array(
    fc.record({
      random: fc.double({ min: 0, max: 0.999, noNaN: true }),
      // A try that hangs is given up after an eighth of the window.
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      kind: fc.constantFrom(...KINDS),
    }),
    { minLength: 8, maxLength: 8 },
  );
  fc.assert(
    fc.property(windows, tries, (windowMs, chances) => {
      let leftMs = windowMs;
      for (const [index, { random, share, kind }] of chances.entries()) {
        assert(leftMs > 0, `try ${index + 1} comes in time`);
        const tookMs = share * (windowMs / 8 - 100);
        leftMs -= tookMs + retryDelayMs({
          kind,
          failures: index + 1,
          tookMs,
          leftMs,
          windowMs,
          retryAfterMs: null,
          random,
        });
      }
    }),
  );
});

Deno.test("retryDelayMs() never lets a Retry-After reach beyond the last usable moment", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1_000, max: 86_400_000 }),
      fc.double({ min: 0.001, max: 1, noNaN: true }),
      fc.integer({ min: 0, max: 86_400_000 }),
      (windowMs, share, retryAfterMs) => {
        const leftMs = windowMs * share;
        const state = { kind: "throttled", failures: 1, tookMs: 0, random: 0 } as const;
        const delayMs = retryDelayMs({ ...state, windowMs, leftMs, retryAfterMs });
        assert(delayMs <= Math.max(leftMs, 100));
        // It is honoured in full where another try fits behind it.
        if (retryAfterMs >= 100 && retryAfterMs < leftMs - windowMs / 8) {
          assert.equal(delayMs, retryAfterMs);
        }
      },
    ),
  );
});

Deno.test("retryDelayMs() asks for patience only while a token serves, or where it was asked to", () => {
  const failure = { kind: "unreachable", tookMs: 0, retryAfterMs: null } as const;
  const state = { ...failure, failures: 20, windowMs: 260_000, random: 0.999 };
  assert.equal(Math.round(retryDelayMs({ ...state, leftMs: 0 })), 2_997);
  assert.equal(Math.round(retryDelayMs({ ...state, leftMs: null })), 59_940);
  // A try that is answered at once and the wait that is asked for: less than 10 s in all.
  assert.equal(retryDelayMs({ ...state, leftMs: 0, retryAfterMs: 45_000 }), 9_000);
  assert.equal(retryDelayMs({ ...state, leftMs: 0, retryAfterMs: 5_000 }), 5_000);
  assert.equal(retryDelayMs({ ...state, leftMs: 10, random: 0, retryAfterMs: 0 }), 100);
});

Deno.test("retryDelayMs() asks less often about what a person has to change", () => {
  const first = { failures: 1, tookMs: 0, leftMs: null, windowMs: 1, retryAfterMs: null };
  for (const kind of KINDS) {
    const isForPeople = kind === "quota" || kind === "forbidden" || kind === "disabled";
    assert.equal(
      retryDelayMs({ ...first, kind, random: 0.5 }),
      isForPeople ? 7_500 : 2_500,
      String(kind),
    );
  }
});

/**
 * When to rotate: pure functions of the clock and the token's own times.
 *
 * @module
 */

import type { CredentialFailure } from "../support/errors.ts";

/** What the schedule looks at. Times are epoch ms. */
export interface ScheduleState {
  /** The time. */
  readonly now: number;
  /** When the serving token was made; `null`: not by us, so nothing is known of its life. */
  readonly issuedAt: number | null;
  /** When it expires; `null`: unknown. */
  readonly expiresAt: number | null;
  /** When a request last used the service. */
  readonly lastActiveAt: number;
  /** Age at which a token is replaced, and how long without a request counts as idle. */
  readonly intervalMs: number;
  /** How long before its expiry a token counts as expired. */
  readonly marginMs: number;
}

/** Whether to rotate, and if not, when to look again. */
export type NextRotation =
  | { readonly action: "rotate" }
  | { readonly action: "wait"; readonly until: number };

/** Shortest and longest pause between failed tries. */
const MIN_RETRY_MS = 100;
const MAX_RETRY_MS = 60_000;
/** Longest pause while there is nothing that could serve: with a try that hangs, 10 s in all. */
const MAX_RETRY_DOWN_MS = 3_000;
/** Longest wait that is asked for and granted then. */
const MAX_HOLD_DOWN_MS = 9_000;
/** At least so many tries fit between the target age and the last usable moment. */
const TRIES = 8;
/** How much of its life is left to an idle token at least, so that it can still mint: 60 s. */
const MARGINS_LEFT = 1.5;

/**
 * Bound of the first pause by the kind of failure. What passes by itself is tried again soon; what
 * a person has to change (room for tokens, a permission, a setting of the workspace) is not asked
 * about so often.
 */
const FIRST_RETRY_MS: Readonly<Record<CredentialFailure, number>> = {
  unreachable: 5_000,
  throttled: 5_000,
  malformed: 5_000,
  "dead-token": 5_000,
  quota: 15_000,
  forbidden: 15_000,
  disabled: 15_000,
};

/**
 * Decides on a rotation. A due rotation of an idle service is skipped, unless the token has at
 * most one interval of life left: near expiry beats idle. An interval may be too short for that,
 * since the workspace takes no token in its last moments: then half a margin before these.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { planRotation } from "./schedule.ts";
 *
 * const times = { issuedAt: 0, expiresAt: 3_600_000, lastActiveAt: 0 };
 * const token = { ...times, intervalMs: 600_000, marginMs: 40_000 };
 * // Idle for 900 s, 2,700 s of life left: wait for the last interval.
 * assert.deepEqual(planRotation({ ...token, now: 900_000 }), {
 *   action: "wait",
 *   until: 3_000_000,
 * });
 * assert.deepEqual(planRotation({ ...token, now: 900_000, lastActiveAt: 899_000 }), {
 *   action: "rotate",
 * });
 * assert.deepEqual(planRotation({ ...token, now: 3_000_000 }), { action: "rotate" });
 * // The last 10 s would be too late.
 * assert.deepEqual(planRotation({ ...token, now: 900_000, intervalMs: 10_000 }), {
 *   action: "wait",
 *   until: 3_540_000,
 * });
 * ```
 */
export function planRotation(state: ScheduleState): NextRotation {
  const { now, issuedAt, expiresAt, lastActiveAt, intervalMs, marginMs } = state;
  if (issuedAt === null) return { action: "rotate" };
  // Made in the future: a clock is wrong, so the age is not known, and counts as reached.
  if (now < issuedAt) return { action: "rotate" };
  const target = issuedAt + intervalMs;
  if (now < target) return { action: "wait", until: target };
  const isIdle = now - lastActiveAt > intervalMs;
  const lastMs = Math.max(intervalMs, MARGINS_LEFT * marginMs);
  const nearExpiry = expiresAt === null ? null : expiresAt - lastMs;
  if (!isIdle || nearExpiry === null || now >= nearExpiry) return { action: "rotate" };
  return { action: "wait", until: nearExpiry };
}

/** What a retry looks at. */
export interface RetryState {
  /** What kind of failure the last one was, `null` where it has no kind (a full disk). */
  readonly kind: CredentialFailure | null;
  /** Tries that failed since the last success, at least 1. */
  readonly failures: number;
  /** How long the last one took. */
  readonly tookMs: number;
  /** Ms for which the serving token can be used, 0 if it cannot; `null`: unknown. */
  readonly leftMs: number | null;
  /** What `leftMs` is when a token comes to the age at which it is replaced. */
  readonly windowMs: number;
  /** What the workspace asked for. */
  readonly retryAfterMs: number | null;
  /** In [0, 1). */
  readonly random: number;
}

/**
 * The pause before the next try: full jitter from 5 s up, short enough for eight tries in the
 * window however long each of them takes, and at most 3 s while nothing can serve. `Retry-After`
 * is honoured as long as the token outlives it by another try.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { retryDelayMs } from "./schedule.ts";
 *
 * const failure = { kind: "unreachable", failures: 1, tookMs: 0, retryAfterMs: null } as const;
 * const state = { ...failure, leftMs: 260_000, windowMs: 260_000 };
 * assert.equal(retryDelayMs({ ...state, random: 0.5 }), 2_500);
 * assert.equal(retryDelayMs({ ...state, kind: "quota", random: 0.5 }), 7_500);
 * assert.equal(retryDelayMs({ ...state, failures: 9, random: 0.999 }) <= 260_000 / 8, true);
 * assert.equal(retryDelayMs({ ...state, tookMs: 32_400, random: 0.999 }), 100);
 * assert.equal(retryDelayMs({ ...state, failures: 9, leftMs: 0, random: 0.5 }), 1_500);
 * assert.equal(retryDelayMs({ ...state, retryAfterMs: 200_000, random: 0 }), 200_000);
 * assert.equal(retryDelayMs({ ...state, retryAfterMs: 3_600_000, random: 0 }), 227_500);
 * ```
 */
export function retryDelayMs(state: RetryState): number {
  const { kind, failures, tookMs, leftMs, windowMs, retryAfterMs, random } = state;
  const first = kind === null ? FIRST_RETRY_MS.unreachable : FIRST_RETRY_MS[kind];
  const exponential = Math.min(MAX_RETRY_MS, first * 2 ** Math.min(failures - 1, 10));
  const jittered = Math.max(MIN_RETRY_MS, random * Math.min(exponential, longestPause()));
  return retryAfterMs === null
    ? jittered
    : Math.max(jittered, Math.min(retryAfterMs, longestHold()));

  function longestPause(): number {
    if (leftMs === null) return MAX_RETRY_MS;
    if (leftMs <= 0) return MAX_RETRY_DOWN_MS;
    return Math.max(0, windowMs / TRIES - tookMs);
  }

  /** Even a long Retry-After leaves time for another try before the last usable moment. */
  function longestHold(): number {
    if (leftMs === null) return MAX_RETRY_MS;
    if (leftMs <= 0) return MAX_HOLD_DOWN_MS;
    return leftMs - Math.min(leftMs / 2, windowMs / TRIES);
  }
}

/**
 * How many tries fit at the slowest pace while the serving token can be used.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { countTriesLeft } from "./schedule.ts";
 *
 * assert.equal(countTriesLeft({ leftMs: 260_000, windowMs: 260_000 }), 8);
 * assert.equal(countTriesLeft({ leftMs: 33_000, windowMs: 260_000 }), 2);
 * assert.equal(countTriesLeft({ leftMs: 0, windowMs: 260_000 }), 0);
 * assert.equal(countTriesLeft({ leftMs: null, windowMs: 260_000 }), null);
 * ```
 */
export function countTriesLeft(
  { leftMs, windowMs }: Pick<RetryState, "leftMs" | "windowMs">,
): number | null {
  return leftMs === null ? null : Math.ceil(leftMs / (windowMs / TRIES));
}

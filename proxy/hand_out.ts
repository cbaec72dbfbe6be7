/**
 * For how long a token may be used by somebody who got it through the metadata URL.
 *
 * An SDK keeps what it got until `expires_on`: the one for Python until 40 s before it, the one for
 * Go until that very second
 * (https://github.com/databricks/databricks-sdk-go/blob/main/config/experimental/auth/cache.go).
 * It asks nobody in between, so a token that was replaced has to live as long as its last hand-out.
 *
 * @module
 */

/** What a hand-out depends on. */
export interface HandOutOptions {
  /** Epoch ms. */
  readonly now: number;
  /** How long before its expiry a token counts as expired. */
  readonly marginMs: number;
  /** How long the rotator waits for the uses of a token that was replaced. */
  readonly drainTimeoutMs: number;
}

/** The terms of a hand-out. */
export interface HandOut {
  /** Epoch seconds: who has the token asks again after it. */
  readonly expiresOn: number;
  /** How long the token counts as used. */
  readonly heldForMs: number;
}

/** How soon a new token is asked for: a replaced one should not live for long. */
const HAND_OUT_MS = 60_000;
/** A request that left at the last moment has to arrive, and clocks are set by seconds. */
const GRACE_MS = 10_000;

/**
 * The terms on which a token that expires at `expiresAt` (epoch ms, `null` if unknown) is handed
 * out: for a minute, but for no longer than it can be used, and for no longer than the rotator
 * would wait for it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { planHandOut } from "./hand_out.ts";
 *
 * const usual = { now: 1_000_000, marginMs: 40_000, drainTimeoutMs: 120_000 };
 * assert.deepEqual(planHandOut(1_900_000, usual), { expiresOn: 1_060, heldForMs: 70_000 });
 * // Almost over: it can be used for 20 s yet.
 * assert.deepEqual(planHandOut(1_060_000, usual), { expiresOn: 1_020, heldForMs: 30_000 });
 * // Nothing is waited for, so nobody may rely on it.
 * const hasty = { ...usual, drainTimeoutMs: 0 };
 * assert.deepEqual(planHandOut(1_900_000, hasty), { expiresOn: 1_000, heldForMs: 10_000 });
 * ```
 */
export function planHandOut(expiresAt: number | null, options: HandOutOptions): HandOut {
  const { now, marginMs, drainTimeoutMs } = options;
  // What expires at an unknown time was not made here, nor is it the rotator's to revoke.
  if (expiresAt === null) return terms(now, { forMs: HAND_OUT_MS, livesForMs: Infinity });
  const waitedForMs = drainTimeoutMs - GRACE_MS;
  const usableForMs = expiresAt - marginMs - now;
  const forMs = Math.max(0, Math.min(HAND_OUT_MS, waitedForMs, usableForMs));
  return terms(now, { forMs, livesForMs: expiresAt - now });
}

function terms(now: number, span: { forMs: number; livesForMs: number }): HandOut {
  return {
    expiresOn: Math.floor((now + span.forMs) / 1_000),
    heldForMs: Math.min(span.forMs + GRACE_MS, span.livesForMs),
  };
}

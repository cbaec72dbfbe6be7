/**
 * When a credential that expires by itself is fetched anew: pure functions of its own times.
 *
 * @module
 */

/** A credential's life with us. Epoch ms. */
export interface Life {
  /** When it was asked for last, and given. */
  readonly fetchedAt: number;
  /** `null`: unknown. */
  readonly expiresAt: number | null;
}

/** The most by which it is fetched ahead of its expiry. */
const MAX_AHEAD_MS = 20 * 60_000;
/** A source that gives the same credential again and again is not asked more often. */
const MIN_PAUSE_MS = 1_000;

/**
 * When to fetch the next one: ahead of the expiry by half of the life that was left, at most
 * 20 min; after `intervalMs` where the expiry is unknown.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { planRefresh } from "./refresh_schedule.ts";
 *
 * const intervalMs = 600_000;
 * assert.equal(planRefresh({ fetchedAt: 0, expiresAt: 3_600_000 }, { intervalMs }), 2_400_000);
 * assert.equal(planRefresh({ fetchedAt: 0, expiresAt: 8_000 }, { intervalMs }), 4_000);
 * assert.equal(planRefresh({ fetchedAt: 5_000, expiresAt: null }, { intervalMs }), 605_000);
 * // The same one again, a moment before its end.
 * assert.equal(planRefresh({ fetchedAt: 7_900, expiresAt: 8_000 }, { intervalMs }), 8_900);
 * ```
 */
export function planRefresh(
  { fetchedAt, expiresAt }: Life,
  { intervalMs }: { readonly intervalMs: number },
): number {
  if (expiresAt === null) return fetchedAt + intervalMs;
  return Math.max(fetchedAt + MIN_PAUSE_MS, expiresAt - aheadMs({ fetchedAt, expiresAt }));
}

/**
 * For how long it can still be used past the moment at which the next one is fetched; `null` where
 * the expiry is unknown.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { refreshWindowMs } from "./refresh_schedule.ts";
 *
 * assert.equal(refreshWindowMs({ fetchedAt: 0, expiresAt: 3_600_000 }, 40_000), 1_160_000);
 * assert.equal(refreshWindowMs({ fetchedAt: 0, expiresAt: null }, 40_000), null);
 * ```
 */
export function refreshWindowMs({ fetchedAt, expiresAt }: Life, marginMs: number): number | null {
  return expiresAt === null ? null : Math.max(0, aheadMs({ fetchedAt, expiresAt }) - marginMs);
}

function aheadMs(
  { fetchedAt, expiresAt }: { readonly fetchedAt: number; readonly expiresAt: number },
): number {
  return Math.min(Math.max(0, expiresAt - fetchedAt) / 2, MAX_AHEAD_MS);
}

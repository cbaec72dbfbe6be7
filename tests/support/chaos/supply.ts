/**
 * Whether a request had to succeed: what was at hand to serve it with, moment by moment.
 *
 * @module
 */

/** What there was at a moment. */
export interface Moment {
  /** Ms. */
  readonly at: number;
  /**
   * `live`: a live credential is at hand, in the profile or in memory. `mintable`: one that can
   * make another, by a token API that answers. `none`: neither.
   */
  readonly supply: "live" | "mintable" | "none";
}

/** A request that ended. Ms. */
export interface Ended {
  readonly startedAt: number;
  readonly endedAt: number;
}

/** A caller is held so long, and an outage is over for everybody so long after its end. */
export const HOLD_MS = 10_000;

/**
 * Whether a failure of that request is a defect: a live credential was at hand for as long as it
 * took, or at least one that could make another, and for so long before the end that there was
 * time to.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { hadToSucceed } from "./supply.ts";
 *
 * const request = { startedAt: 1_000, endedAt: 1_500 };
 * assert(hadToSucceed(request, [{ at: 900, supply: "live" }]));
 * assert(!hadToSucceed(request, [{ at: 900, supply: "live" }, { at: 1_200, supply: "none" }]));
 * // It could be made only just before.
 * assert(!hadToSucceed(request, [{ at: 0, supply: "none" }, { at: 900, supply: "mintable" }]));
 * // From the first moment on.
 * assert(hadToSucceed(request, [{ at: 0, supply: "live" }, { at: 900, supply: "mintable" }]));
 * ```
 */
export function hadToSucceed(request: Ended, moments: readonly Moment[]): boolean {
  const { startedAt, endedAt } = request;
  const during = within(moments, { from: startedAt, to: endedAt });
  if (during.every(({ supply }) => supply === "live")) return true;
  const before = within(moments, { from: endedAt - HOLD_MS, to: endedAt });
  return before.every(({ supply }) => supply !== "none");
}

/** The moments in that time, and the one that it began in. */
function within(
  moments: readonly Moment[],
  { from, to }: { readonly from: number; readonly to: number },
): readonly Moment[] {
  const begun = moments.findLast(({ at }) => at <= from);
  const later = moments.filter(({ at }) => at > from && at <= to);
  return begun === undefined ? later : [begun, ...later];
}

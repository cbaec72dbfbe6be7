/**
 * Which requests fell into a rotation, and which did not.
 *
 * @module
 */

import { percentile } from "../figures.ts";
import type { Sample } from "./protocol.ts";
import type { Rotation } from "./rotations.ts";

/** A time span, in epoch ms. */
export interface Window {
  readonly from: number;
  /** The first moment after it. */
  readonly until: number;
}

/** Durations in ms of requests. */
export interface SplitSamples {
  /** Sent inside of a window. */
  readonly during: readonly number[];
  /** Sent when the one before was over for as long as it had lasted. */
  readonly outside: readonly number[];
}

/**
 * A window for each rotation: from when it was asked for, just before its mint, and as long as
 * nine of ten of them took until the old token was revoked.
 *
 * All are of one length, since a window that ended with its own rotation would grow with every
 * pause of the machine that falls into it, whoever caused it, and hold more of the slow requests
 * for no other reason.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { windowsOf } from "./windows.ts";
 *
 * const rotations = [10, 60, 20].map((ms, index) => ({
 *   askedAt: 100 * index,
 *   revokedAt: 100 * index + ms,
 * }));
 * assert.deepEqual(windowsOf(rotations)[0], { from: 0, until: 60 });
 * assert.deepEqual(windowsOf(rotations)[2], { from: 200, until: 260 });
 * ```
 */
export function windowsOf(
  rotations: readonly Pick<Rotation, "askedAt" | "revokedAt">[],
): readonly Window[] {
  const lengthMs = percentile(rotations.map((each) => each.revokedAt - each.askedAt), 0.9);
  return rotations.map(({ askedAt }) => ({ from: askedAt, until: askedAt + lengthMs }));
}

/**
 * Windows of the same length half-way from each one to the next, where nothing is rotated: what
 * they seem to cost is chance. Those that would touch a window are left out.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { idleWindows } from "./windows.ts";
 *
 * const windows = [0, 100, 115].map((from) => ({ from, until: from + 10 }));
 * assert.deepEqual(idleWindows(windows), [{ from: 50, until: 60 }]);
 * ```
 */
export function idleWindows(windows: readonly Window[]): readonly Window[] {
  return windows.flatMap(({ from, until }, index) => {
    const next = windows[index + 1];
    if (next === undefined) return [];
    const shift = (next.from - from) / 2;
    return until + shift <= next.from ? [{ from: from + shift, until: until + shift }] : [];
  });
}

/**
 * Splits the samples by when they were sent, since a long request touches more windows than a
 * short one. Those before the first window and after the last one are left out, and so are those
 * in the wake of a window: what a slow rotation leaves behind must not pass for the usual.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { splitSamples } from "./windows.ts";
 *
 * const samples = [0, 5, 15, 25, 60].map((sentAt, mark) => ({
 *   mark,
 *   sentAt,
 *   ms: mark,
 *   status: 200,
 * }));
 * const windows = [{ from: 5, until: 15 }, { from: 50, until: 60 }];
 * assert.deepEqual(splitSamples(samples, windows), { during: [1], outside: [3] });
 * ```
 */
export function splitSamples(
  samples: readonly Sample[],
  windows: readonly Window[],
): SplitSamples {
  const [first, last] = [windows.at(0), windows.at(-1)];
  const during: number[] = [];
  const outside: number[] = [];
  if (first === undefined || last === undefined) return { during, outside };
  for (const { sentAt, ms } of samples) {
    if (sentAt < first.from || sentAt >= last.until) continue;
    const isWithin = (factor: number) =>
      windows.some(({ from, until }) => from <= sentAt && sentAt < from + factor * (until - from));
    if (isWithin(1)) during.push(ms);
    else if (!isWithin(2)) outside.push(ms);
  }
  return { during, outside };
}

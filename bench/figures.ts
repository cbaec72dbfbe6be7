/**
 * Figures out of many measured numbers.
 *
 * @module
 */

import process from "node:process";

/**
 * The number below which the share `rank` of `numbers` lies, one of them; `NaN` if there are none.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { percentile } from "./figures.ts";
 *
 * const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
 * assert.equal(percentile(hundred, 0.99), 100);
 * assert.equal(percentile(hundred, 0.5), 51);
 * assert.equal(percentile([7], 0.99), 7);
 * ```
 */
export function percentile(numbers: readonly number[], rank: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * rank))] ?? Number.NaN;
}

/** The middle one of `numbers`. */
export function median(numbers: readonly number[]): number {
  return percentile(numbers, 0.5);
}

/**
 * Milliseconds of CPU so far, of all threads, collector and compiler too: others who work on the
 * machine do not count.
 */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

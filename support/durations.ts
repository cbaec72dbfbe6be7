/**
 * Lengths of time for people.
 *
 * @module
 */

const UNITS = [["d", 86_400], ["h", 3_600], ["min", 60], ["s", 1]] as const;

/**
 * A length of time in its two largest units.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { inWords } from "./durations.ts";
 *
 * assert.equal(inWords(500), "8 min 20 s");
 * assert.equal(inWords(7_200), "2 h");
 * assert.equal(inWords(90_061), "1 d 1 h");
 * assert.equal(inWords(-3), "0 s");
 * assert.equal(inWords(null), "an unknown time");
 * ```
 */
export function inWords(seconds: number | null): string {
  if (seconds === null) return "an unknown time";
  let rest = Math.max(0, Math.round(seconds));
  const first = UNITS.findIndex(([, size]) => rest >= size);
  if (first === -1) return "0 s";
  const parts: string[] = [];
  for (const [unit, size] of UNITS.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  return parts.join(" ");
}

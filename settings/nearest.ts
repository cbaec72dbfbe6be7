/**
 * The known name that a mistyped one was meant to be.
 *
 * @module
 */

/**
 * The one of `names` that is closest to `typed`, `null` if none is close: up to one letter in
 * four may be wrong.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { findNearest } from "./nearest.ts";
 *
 * assert.equal(findNearest("proxy_prot", ["proxy_port", "proxy_host"]), "proxy_port");
 * assert.equal(findNearest("colour", ["proxy_port", "proxy_host"]), null);
 * ```
 */
export function findNearest(typed: string, names: readonly string[]): string | null {
  const text = typed.toLowerCase().replaceAll("-", "_");
  let nearest: string | null = null;
  let least = Math.floor(text.length / 4) + 1;
  for (const name of names) {
    // Names of very different length cannot be close, and a key can be as long as its file.
    if (Math.abs(name.length - text.length) >= least) continue;
    const distance = countEdits(text, name);
    if (distance < least) [nearest, least] = [name, distance];
  }
  return nearest;
}

/** The Levenshtein distance: letters to insert, drop or replace. */
function countEdits(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      const dropped = (previous[column] ?? 0) + 1;
      const inserted = (current[column - 1] ?? 0) + 1;
      current.push(Math.min(replaced, dropped, inserted));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}

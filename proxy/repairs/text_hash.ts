/**
 * A short name for a text.
 *
 * @module
 */

/**
 * Nine letters and digits that differ where texts do (FNV-1a, twice). No defence against who looks
 * for two texts of one name.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { textHash } from "./text_hash.ts";
 *
 * assert.equal(textHash("a").length, 9);
 * assert.notEqual(textHash("a"), textHash("b"));
 * ```
 */
export function textHash(text: string): string {
  let low = 0x811c9dc5;
  let high = 0xcbf29ce4;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x5bd1e995);
  }
  const number = (high >>> 0) * 0x8000 + ((low >>> 0) & 0x7fff);
  return number.toString(36).padStart(9, "0").slice(-9);
}

/**
 * Chunks as one piece.
 *
 * @module
 */

/**
 * The bytes of `chunks` in one piece; a single chunk is returned as it is.
 *
 * @param size the sum of their lengths.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { concat } from "./concat.ts";
 *
 * assert.deepEqual(concat([new Uint8Array([1]), new Uint8Array([2, 3])], 3), new Uint8Array([1, 2, 3]));
 * ```
 */
export function concat(
  chunks: readonly Uint8Array<ArrayBuffer>[],
  size: number,
): Uint8Array<ArrayBuffer> {
  const [only] = chunks;
  if (only !== undefined && chunks.length === 1) return only;
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}

/**
 * Bytes that come in small pieces, kept in blocks: a piece that was kept itself would keep the
 * memory that it was read into, and there would be thousands of them.
 *
 * @module
 */

import { concat } from "./concat.ts";

const FIRST_BLOCK_BYTES = 65_536;
const BLOCK_BYTES = 1_048_576;

/**
 * Pieces put together.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Pieces } from "./pieces.ts";
 *
 * const pieces = new Pieces();
 * pieces.add(new Uint8Array([1, 2]));
 * pieces.add(new Uint8Array([3]));
 * assert.deepEqual(pieces.whole(), new Uint8Array([1, 2, 3]));
 * ```
 */
export class Pieces {
  readonly #full: Uint8Array<ArrayBuffer>[] = [];
  #block = new Uint8Array(FIRST_BLOCK_BYTES);
  #filled = 0;
  #size = 0;

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }

  /** Copies a piece. */
  add(piece: Uint8Array): void {
    let rest = piece;
    while (rest.byteLength > 0) {
      const part = rest.subarray(0, this.#block.byteLength - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.byteLength;
      this.#size += part.byteLength;
      rest = rest.subarray(part.byteLength);
      if (this.#filled === this.#block.byteLength) this.#begin();
    }
  }

  /** All of them. */
  whole(): Uint8Array<ArrayBuffer> {
    return concat([...this.#full, this.#block.subarray(0, this.#filled)], this.#size);
  }

  #begin(): void {
    this.#full.push(this.#block);
    this.#block = new Uint8Array(BLOCK_BYTES);
    this.#filled = 0;
  }
}

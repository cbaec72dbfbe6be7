/**
 * Bytes that wait for those that follow.
 *
 * @module
 */

const FIRST_BYTES = 1_024;

/**
 * Grows by doubling: an event of megabytes that comes in thousands of chunks is copied a few times,
 * not once for each chunk.
 */
export class HeldBytes {
  #buffer: Uint8Array<ArrayBuffer> = new Uint8Array();
  #size = 0;

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** What is held with `chunk` behind it. The chunk itself if nothing is held. */
  join(chunk: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    if (this.#size === 0) return chunk;
    const size = this.#size + chunk.length;
    this.#reserve(size);
    this.#buffer.set(chunk, this.#size);
    return this.#buffer.subarray(0, size);
  }

  /** Holds `joined` from `start` on, and nothing else. `joined` is what `join` returned. */
  keep(joined: Uint8Array<ArrayBuffer>, start: number): void {
    const size = joined.length - start;
    if (size === 0) return this.#forget();
    // What was given out is never written over: its bytes may still be on their way.
    if (start > 0 || this.#size === 0) {
      this.#buffer = new Uint8Array(Math.max(FIRST_BYTES, size));
      this.#buffer.set(joined.subarray(start));
    }
    this.#size = size;
  }

  /** All of it; nothing is held then. */
  take(): Uint8Array<ArrayBuffer> {
    const all = this.#buffer.subarray(0, this.#size);
    this.#forget();
    return all;
  }

  #reserve(size: number): void {
    if (size <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(size, this.#buffer.length * 2));
    larger.set(this.#buffer.subarray(0, this.#size));
    this.#buffer = larger;
  }

  #forget(): void {
    this.#buffer = new Uint8Array();
    this.#size = 0;
  }
}

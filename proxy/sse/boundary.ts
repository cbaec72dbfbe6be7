/**
 * Whether a stream that is passed on unread is between two events.
 *
 * @module
 */

const LF = 10;
const CR = 13;

/** Looks at the last bytes of each chunk only. */
export class EventBoundary {
  /** The last bytes that passed, latest first. */
  #last: readonly [number, number, number] = [LF, LF, LF];

  /** Whether the last bytes were those of a blank line, or none has passed. */
  get isHere(): boolean {
    const [last, before, beforeThat] = this.#last;
    if (last === CR) return before === CR;
    return last === LF && (before === LF || (before === CR && beforeThat === LF));
  }

  /** More has passed. */
  pass(chunk: Uint8Array): void {
    const [last, before] = this.#last;
    const { length } = chunk;
    if (length === 0) return;
    this.#last = [
      chunk[length - 1] ?? 0,
      chunk[length - 2] ?? last,
      chunk[length - 3] ?? (length === 2 ? last : before),
    ];
  }
}

/**
 * Who keeps knocking without a key has to wait for its answer.
 *
 * @module
 */

/** Failures that one source has free; an agent with an old key in its config needs a few. */
const FREE = 20;
/** After this long one more is free. */
const REFILL_MS = 1_000;
/** How long an answer waits once none is free. Whoever has a key never comes here. */
const PAUSE_MS = 1_000;
/** Sources that are remembered. */
const REMEMBERED = 1_024;

/** Failures by source: the address of the caller. */
export class Strangers {
  readonly #elapsed: () => number;
  readonly #used = new Map<string, { readonly count: number; readonly at: number }>();

  /** `elapsed`: milliseconds on a clock that only rises. */
  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
  }

  /** Notes one more failure of `source`. @returns how long its answer is to wait, in ms. */
  fail(source: string): number {
    const at = this.#elapsed();
    const before = this.#used.get(source) ?? { count: 0, at };
    const count = Math.max(0, before.count - (at - before.at) / REFILL_MS) + 1;
    // Most recent last, so that what is forgotten is the oldest.
    this.#used.delete(source);
    this.#used.set(source, { count: Math.min(count, FREE + 1), at });
    if (this.#used.size > REMEMBERED) this.#forgetOldest();
    return count > FREE ? PAUSE_MS : 0;
  }

  #forgetOldest(): void {
    for (const source of this.#used.keys()) {
      this.#used.delete(source);
      return;
    }
  }
}

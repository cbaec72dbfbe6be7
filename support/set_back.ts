/**
 * A wall clock that is set back makes noted times come too late: a token dies before the clock
 * says so.
 *
 * @module
 */

/** Two clocks, in ms. */
export interface Clocks {
  /** Epoch ms, by a clock that people and programs set. */
  readonly now: () => number;
  /** Only ever rises; it may stand still while the machine sleeps. */
  readonly elapsed: () => number;
}

/** Less than this is the adjusting that clocks do all the time. */
const TOLERANCE_MS = 1_000;

/**
 * Notices that the wall clock was set back. Asked often: a clock that is set back while nobody
 * looks, after a sleep that was longer still, looks like a clock that went on.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { SetBack } from "./set_back.ts";
 *
 * const clocks = { now: 3_600_000, elapsed: 0 };
 * const setBack = new SetBack({ now: () => clocks.now, elapsed: () => clocks.elapsed });
 * clocks.now += 86_400_000; // The machine slept, or the clock was set forward.
 * assert.equal(setBack.happened(), false);
 * clocks.now -= 5_000;
 * assert.equal(setBack.happened(), true);
 * setBack.forget();
 * assert.equal(setBack.happened(), false);
 * ```
 */
export class SetBack {
  readonly #clocks: Clocks;
  /** The most that the wall clock was ahead of the other. */
  #lead: number;

  /** Begins to watch. */
  constructor(clocks: Clocks) {
    this.#clocks = clocks;
    this.#lead = clocks.now() - clocks.elapsed();
  }

  /** Whether it was set back since the start, or since it was forgotten. */
  happened(): boolean {
    const lead = this.#clocks.now() - this.#clocks.elapsed();
    this.#lead = Math.max(this.#lead, lead);
    return lead < this.#lead - TOLERANCE_MS;
  }

  /** The times that matter were noted anew. */
  forget(): void {
    this.#lead = this.#clocks.now() - this.#clocks.elapsed();
  }
}

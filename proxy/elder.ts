/**
 * The generation before the one in use. A workspace may need a moment until all of it knows a new
 * token: its token API takes it, and an endpoint calls it dead. The one before lives on for that
 * long, since the rotator revokes nothing that is in use.
 *
 * @module
 */

import type { Held } from "./held.ts";

/** For how long after its coming a refused generation may be one that is not known everywhere. */
const YOUNG_MS = 10_000;
/** How long the elder is kept from being revoked after each use: the next request is on its way. */
const KEPT_MS = 3_000;

/** Remembers it. */
export class Elder {
  readonly #elapsed: () => number;
  #held: Held | null = null;
  #replacedAt = Number.NEGATIVE_INFINITY;

  /** There is none yet. `elapsed`: milliseconds on a clock that only rises. */
  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
  }

  /** Another one came in the place of `held`. */
  replace(held: Held): void {
    this.#held = held;
    this.#replacedAt = this.#elapsed();
  }

  /** Generations up to `number` may be revoked from now on. */
  end(number: number): void {
    if (this.#held !== null && this.#held.generation.number <= number) this.#held = null;
  }

  /**
   * It, for a request whose token was refused; `null` if that one has been there for long, or this
   * one was called dead itself.
   */
  find(): Held | null {
    const held = this.#held;
    const now = this.#elapsed();
    if (held === null || held.isFenced || now - this.#replacedAt >= YOUNG_MS) return null;
    held.handedOutUntil = Math.max(held.handedOutUntil, now + KEPT_MS);
    return held;
  }
}

/**
 * How long a rotation may take: for ever while its old token serves, but not while that one is
 * refused and requests are held. Then a mint that hangs makes way for a question and the spare.
 *
 * @module
 */

/** What {@link Patience} needs. */
export interface PatienceOptions {
  /** Ms by a clock that only rises. */
  readonly elapsed: () => number;
}

/** A rotation may take so much longer once its old token is refused. */
const REFUSED_MS = 2_000;
/** An endpoint that refuses whatever it is sent must not end each rotation of a slow workspace. */
const CUT_EVERY_MS = 60_000;

/** Ends rotations that take too long. */
export class Patience {
  readonly #options: PatienceOptions;
  #current: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #cutAt = Number.NEGATIVE_INFINITY;

  /** Nothing is under way. */
  constructor(options: PatienceOptions) {
    this.#options = options;
  }

  /** Does `work`, whose signal fires when it takes too long. */
  async bear<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.#current = new AbortController();
    try {
      return await work(this.#current.signal);
    } finally {
      this.#current = null;
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
  }

  /** The old token of what is under way is refused. */
  wane(): void {
    const current = this.#current;
    if (current === null || this.#timer !== undefined) return;
    if (this.#options.elapsed() - this.#cutAt < CUT_EVERY_MS) return;
    this.#timer = setTimeout(() => {
      this.#cutAt = this.#options.elapsed();
      current.abort();
    }, REFUSED_MS);
  }
}

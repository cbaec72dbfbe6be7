/**
 * The life of one exchange with the workspace, from before it is sent to the last byte.
 *
 * @module
 */

import type { Watch, Watchdog } from "./watchdog.ts";

/**
 * How an exchange ended: in order, broken off by upstream, silent for too long, left by the
 * caller, or given up by us.
 */
export type ExchangeEnd = "done" | "broken" | "silent" | "left" | "dropped";

/**
 * Every way in which an exchange can end leads through {@link Exchange.end}, whichever comes
 * first. It does not wait for anybody to read the body: a caller that left reads no more.
 */
export class Exchange {
  readonly #abort = new AbortController();
  readonly #caller: AbortSignal;
  readonly #watch: Watch;
  readonly #onEnd: (end: ExchangeEnd) => void;
  readonly #onLeave = () => this.end("left");
  #end: ExchangeEnd | null = null;

  /** Begins, unless the caller has left already. `onEnd` is called exactly once. */
  constructor(
    caller: AbortSignal,
    options: { watchdog: Watchdog; onEnd: (end: ExchangeEnd) => void },
  ) {
    this.#caller = caller;
    this.#onEnd = options.onEnd;
    this.#watch = options.watchdog.watch(() => this.end("silent"));
    if (caller.aborted) this.end("left");
    else caller.addEventListener("abort", this.#onLeave, { once: true });
  }

  /** Fires when the exchange ends in any other way than in order. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** `work` is upstream's to do: while it takes, silence counts. */
  async waitFor<T>(work: Promise<T>): Promise<T> {
    this.#watch.wait();
    try {
      return await work;
    } finally {
      this.#watch.rest();
    }
  }

  /** @returns how it ended, which is not `how` if it had ended before. */
  end(how: ExchangeEnd): ExchangeEnd {
    if (this.#end !== null) return this.#end;
    this.#end = how;
    this.#watch.end();
    this.#caller.removeEventListener("abort", this.#onLeave);
    if (how !== "done") this.#abort.abort();
    this.#onEnd(how);
    return how;
  }
}

/**
 * Silence from upstream, noticed with one timer for all streams.
 *
 * @module
 */

/** One upstream exchange that is being watched. */
export interface Watch {
  /** Upstream is waited for from now on: the clock starts anew. */
  wait(): void;
  /** Nothing is waited for: a caller that reads slowly is not an upstream that is silent. */
  rest(): void;
  /** The exchange is over; a second call does nothing. */
  end(): void;
}

interface Entry {
  /** Since when upstream is waited for, `Infinity` while it is not. */
  since: number;
  readonly onSilent: () => void;
}

/** Calls back for each exchange in which upstream was waited for longer than `idleTimeoutMs`. */
export class Watchdog {
  readonly #idleTimeoutMs: number;
  readonly #now: () => number;
  readonly #entries = new Set<Entry>();
  #timer: ReturnType<typeof setInterval> | null = null;

  /** Watches nothing yet; the timer runs only while something is watched. */
  constructor(idleTimeoutMs: number, options: { now?: () => number } = {}) {
    this.#idleTimeoutMs = idleTimeoutMs;
    // Monotonic: a laptop that slept is not an upstream that was silent.
    this.#now = options.now ?? (() => performance.now());
  }

  /** Exchanges being watched. */
  get size(): number {
    return this.#entries.size;
  }

  /** Watches an exchange, which waits for upstream from now on. */
  watch(onSilent: () => void): Watch {
    const entry: Entry = { since: this.#now(), onSilent };
    this.#entries.add(entry);
    this.#timer ??= setInterval(() => this.check(), Math.min(1_000, this.#idleTimeoutMs / 4));
    return {
      wait: () => {
        entry.since = this.#now();
      },
      rest: () => {
        entry.since = Infinity;
      },
      end: () => this.#end(entry),
    };
  }

  /** Looks once at every exchange. */
  check(): void {
    const now = this.#now();
    for (const entry of this.#entries) {
      if (now - entry.since < this.#idleTimeoutMs) continue;
      this.#end(entry);
      entry.onSilent();
    }
  }

  #end(entry: Entry): void {
    this.#entries.delete(entry);
    if (this.#entries.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}

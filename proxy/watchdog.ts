/**
 * Silence from upstream, noticed with one timer for all streams.
 *
 * @module
 */

/** One upstream exchange that is being watched. */
export interface Watch {
  /** Something arrived. */
  touch(): void;
  /** The exchange is over. */
  end(): void;
}

interface Entry {
  lastAt: number;
  readonly onSilent: () => void;
}

/** Calls back for each exchange that has been silent for `idleTimeoutMs`. */
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

  /** Watches an exchange from now on. */
  watch(onSilent: () => void): Watch {
    const entry: Entry = { lastAt: this.#now(), onSilent };
    this.#entries.add(entry);
    this.#timer ??= setInterval(() => this.check(), Math.min(1_000, this.#idleTimeoutMs / 4));
    return {
      touch: () => {
        entry.lastAt = this.#now();
      },
      end: () => this.#end(entry),
    };
  }

  /** Looks once at every exchange. */
  check(): void {
    const now = this.#now();
    for (const entry of this.#entries) {
      if (now - entry.lastAt < this.#idleTimeoutMs) continue;
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

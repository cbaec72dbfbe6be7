/**
 * Silence from upstream, noticed with one timer for all exchanges.
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

/**
 * Calls back for each exchange in which upstream was waited for longer than `idleTimeoutMs`. It
 * notices nothing by itself: somebody has to let it look ({@link keepLooking}).
 */
export class Watchdog {
  /** How often it has to look, in ms. */
  readonly pauseMs: number;
  readonly #idleTimeoutMs: number;
  readonly #now: () => number;
  readonly #entries = new Set<Entry>();

  /** Watches nothing yet. */
  constructor(idleTimeoutMs: number, options: { now?: () => number } = {}) {
    this.pauseMs = Math.min(1_000, idleTimeoutMs / 4);
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
    return new Entry(this.#entries, { now: this.#now, onSilent });
  }

  /** Looks once at every exchange. */
  check(): void {
    const now = this.#now();
    for (const entry of this.#entries) {
      if (now - entry.since < this.#idleTimeoutMs) continue;
      entry.end();
      entry.onSilent();
    }
  }
}

/**
 * Lets all of them look again and again, by one timer.
 *
 * @returns what ends it.
 */
export function keepLooking(watchdogs: readonly Watchdog[]): () => void {
  const look = () => watchdogs.forEach((watchdog) => watchdog.check());
  const timer = setInterval(look, Math.min(...watchdogs.map(({ pauseMs }) => pauseMs)));
  return () => clearInterval(timer);
}

class Entry implements Watch {
  readonly onSilent: () => void;
  readonly #all: Set<Entry>;
  readonly #now: () => number;
  /** Since when upstream is waited for, `Infinity` while it is not. */
  since: number;

  constructor(all: Set<Entry>, { now, onSilent }: { now: () => number; onSilent: () => void }) {
    this.onSilent = onSilent;
    this.#all = all;
    this.#now = now;
    this.since = now();
    all.add(this);
  }

  wait(): void {
    this.since = this.#now();
  }

  rest(): void {
    this.since = Infinity;
  }

  end(): void {
    this.#all.delete(this);
  }
}

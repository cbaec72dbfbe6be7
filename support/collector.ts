/**
 * Memory that nobody needs any more, given back while nobody waits.
 *
 * V8 collects when its heap has grown by half, which for a service that does little is once in
 * many minutes; what buffers and tokens have left stays resident until then.
 *
 * @module
 */

/** What a {@link Collector} needs. */
export interface CollectorOptions {
  /** Collects everything at once, which takes 10 to 20 ms of this isolate. */
  readonly collect: () => void;
  /** Bytes that this isolate holds, needed or not. */
  readonly heldBytes: () => number;
  /** Whether somebody would notice. */
  readonly isBusy: () => boolean;
  /** Milliseconds on a clock that only rises. */
  readonly elapsed: () => number;
}

/** Often enough for memory to stay level, rarely enough to cost less than a thousandth. */
const PAUSE_MS = 20_000;
/** No longer than this is waited for a moment in which nobody would notice. */
const MAX_PAUSE_MS = 30_000;
const LOOK_MS = 250;
/** Less than this is not worth it: an idle service sleeps. */
const MIN_BYTES = 524_288;

/** Collects after work, in its pauses, or after a while in spite of it. */
export class Collector {
  readonly #options: CollectorOptions;
  #collectedAt: number;
  #neededBytes = 0;

  /** Collects nothing until it is let look. */
  constructor(options: CollectorOptions) {
    this.#options = options;
    this.#collectedAt = options.elapsed();
  }

  /** Collects if it is time to. */
  look(): void {
    const { collect, heldBytes, isBusy, elapsed } = this.#options;
    const age = elapsed() - this.#collectedAt;
    if (age < PAUSE_MS || isBusy() && age < MAX_PAUSE_MS) return;
    this.#collectedAt = elapsed();
    if (heldBytes() < this.#neededBytes + MIN_BYTES) return;
    collect();
    this.#neededBytes = heldBytes();
  }
}

/**
 * Lets a collector look again and again, in a Deno whose collector can be called (`--expose-gc`);
 * elsewhere memory is given back when V8 thinks of it.
 *
 * @returns what ends it.
 */
export function keepCollecting(isBusy: () => boolean): () => void {
  const collect: unknown = Reflect.get(globalThis, "gc");
  if (typeof collect !== "function") return () => {};
  const collector = new Collector({
    collect: () => collect(),
    heldBytes,
    isBusy,
    elapsed: () => performance.now(),
  });
  const timer = setInterval(() => collector.look(), LOOK_MS);
  return () => clearInterval(timer);
}

function heldBytes(): number {
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

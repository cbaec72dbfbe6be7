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
  /** A number that rises with the work that was done. */
  readonly workDone: () => number;
  /** Whether somebody would notice. */
  readonly isBusy: () => boolean;
  /** Milliseconds on a clock that only rises. */
  readonly elapsed: () => number;
}

/** Often enough for memory to stay level, rarely enough to cost less than a thousandth. */
const PAUSE_MS = 20_000;
/** No longer than this is waited for a moment in which nobody would notice. */
const MAX_PAUSE_MS = 30_000;
const LOOK_MS = 1_000;

/**
 * Collects after work, in its pauses, or after a while in spite of it. What is held says nothing
 * about what could be given back: buffers still count for a moment after they are gone.
 */
export class Collector {
  readonly #options: CollectorOptions;
  #collectedAt: number;
  #workAtLast: number;

  /** Collects nothing until it is let look. */
  constructor(options: CollectorOptions) {
    this.#options = options;
    this.#collectedAt = options.elapsed();
    this.#workAtLast = options.workDone();
  }

  /** Collects if it is time to. */
  look(): void {
    const { collect, workDone, isBusy, elapsed } = this.#options;
    const age = elapsed() - this.#collectedAt;
    // For an idle service nothing is collected.
    if (age < PAUSE_MS || workDone() === this.#workAtLast) return;
    if (isBusy() && age < MAX_PAUSE_MS) return;
    collect();
    this.#collectedAt = elapsed();
    this.#workAtLast = workDone();
  }
}

/**
 * Lets a collector look again and again, in a Deno whose collector can be called (`--expose-gc`);
 * elsewhere memory is given back when V8 thinks of it.
 *
 * @returns what ends it.
 */
export function keepCollecting(
  { workDone, isBusy }: Pick<CollectorOptions, "workDone" | "isBusy">,
): () => void {
  const collect: unknown = Reflect.get(globalThis, "gc");
  if (typeof collect !== "function") return () => {};
  const collector = new Collector({
    collect: () => collect(),
    workDone,
    isBusy,
    elapsed: () => performance.now(),
  });
  const timer = setInterval(() => collector.look(), LOOK_MS);
  return () => clearInterval(timer);
}

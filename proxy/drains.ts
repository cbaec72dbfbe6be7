/**
 * Who waits until old generations are out of use.
 *
 * @module
 */

/** A generation and who uses it. */
export interface Use {
  readonly generation: { readonly number: number };
  /** Requests of our own that hold it. */
  readonly inFlight: number;
  /** Until when those it was handed to may use it, by {@link DrainsOptions.elapsed}. */
  readonly handedOutUntil: number;
}

/** What {@link Drains} looks at. */
export interface DrainsOptions {
  readonly uses: () => readonly Use[];
  /** Milliseconds on a clock that only rises. */
  readonly elapsed: () => number;
}

/** While a hand-out is waited for, the clock is looked at this often: a sleeping machine stops timers. */
const LOOK_MS = 250;

/**
 * Drains that are waited for. Requests tell when they end ({@link Drains.settle}); hand-outs end
 * by the clock, which one timer watches for all of them, and only while somebody waits.
 */
export class Drains {
  readonly #options: DrainsOptions;
  readonly #waiting = new Map<number, PromiseWithResolvers<void>>();
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** Waits for nothing. */
  constructor(options: DrainsOptions) {
    this.#options = options;
  }

  /** Whether somebody waits. */
  get isWaitedFor(): boolean {
    return this.#waiting.size > 0;
  }

  /** Resolves when `number` and all older generations are out of use. */
  async until(number: number): Promise<void> {
    if (this.#isOver(number)) return;
    const drain = this.#waiting.get(number) ?? Promise.withResolvers<void>();
    this.#waiting.set(number, drain);
    this.#watch();
    await drain.promise;
  }

  /** Looks at who uses what, and lets those go on who need not wait any more. */
  settle(): void {
    for (const [number, { resolve }] of this.#waiting) {
      if (!this.#isOver(number)) continue;
      this.#waiting.delete(number);
      resolve();
    }
    this.#watch();
  }

  /** Forgets who waits: nobody will be told. */
  close(): void {
    this.#waiting.clear();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #isOver(number: number): boolean {
    return this.#options.uses().every((use) =>
      use.generation.number > number || !isUsed(use, this.#options.elapsed())
    );
  }

  #watch(): void {
    if (this.#timer !== null || !this.isWaitedFor) return;
    const now = this.#options.elapsed();
    const left = this.#options.uses().map((use) => use.handedOutUntil - now);
    const nextMs = Math.min(...left.filter((ms) => ms > 0));
    if (nextMs === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.settle();
    }, Math.min(nextMs, LOOK_MS));
  }
}

/**
 * Whether anybody uses a generation at `now`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { isUsed } from "./drains.ts";
 *
 * assert(isUsed({ inFlight: 1, handedOutUntil: 0 }, 5_000));
 * assert(isUsed({ inFlight: 0, handedOutUntil: 5_001 }, 5_000));
 * assert(!isUsed({ inFlight: 0, handedOutUntil: 5_000 }, 5_000));
 * ```
 */
export function isUsed(use: Pick<Use, "inFlight" | "handedOutUntil">, now: number): boolean {
  return use.inFlight > 0 || use.handedOutUntil > now;
}

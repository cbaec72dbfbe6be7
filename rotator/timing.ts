/**
 * When the chain does what: the schedule, asked with the clocks as they are.
 *
 * @module
 */

import { type Generation, isUsable, rejectMarginMs } from "../workspace/credential.ts";
import { type Clocks, SetBack } from "../support/set_back.ts";
import { countTriesLeft, type NextRotation, planRotation } from "./schedule.ts";

/** What {@link Timing} is made of. */
export interface TimingOptions extends Clocks {
  readonly tokenLifetimeMs: number;
  readonly rotationIntervalMs: number;
}

/** Knows when somebody last used the service, and whether a clock was set back. */
export class Timing {
  readonly #options: TimingOptions;
  readonly #setBack: SetBack;
  readonly #marginMs: number;
  /** How long a token can be used past the age at which it is replaced. */
  readonly windowMs: number;
  #lastActiveAt: number;

  /** Whoever starts the service is about to use it. */
  constructor(options: TimingOptions) {
    const { tokenLifetimeMs: lifetimeMs, rotationIntervalMs: intervalMs, now } = options;
    this.#options = options;
    this.#setBack = new SetBack(options);
    this.#marginMs = rejectMarginMs(lifetimeMs, intervalMs);
    this.windowMs = lifetimeMs - intervalMs - this.#marginMs;
    this.#lastActiveAt = now();
  }

  /** Requests came in at `at`, epoch ms. */
  noteActive(at: number): void {
    this.#lastActiveAt = Math.max(this.#lastActiveAt, at);
  }

  /** A token was made by the clock as it is now. */
  noteRotated(): void {
    this.#setBack.forget();
  }

  /** Whether to replace it, and if not, when to look again. */
  plan({ issuedAt, expiresAt }: Generation): NextRotation {
    const { now, rotationIntervalMs: intervalMs } = this.#options;
    // Noted by a clock that was wrong then or is wrong now: the age is not known.
    if (this.#setBack.happened()) return { action: "rotate" };
    const [lastActiveAt, marginMs] = [this.#lastActiveAt, this.#marginMs];
    return planRotation({ now: now(), issuedAt, expiresAt, lastActiveAt, intervalMs, marginMs });
  }

  /** Whether it can be sent. */
  isUsable(generation: Generation): boolean {
    return isUsable(generation, this.#options.now(), this.#marginMs);
  }

  /** Ms for which it can be sent, 0 for none at all; `null`: unknown. */
  leftMs(generation: Generation | null): number | null {
    if (generation === null) return 0;
    const { expiresAt } = generation;
    return expiresAt === null
      ? null
      : Math.max(0, expiresAt - this.#marginMs - this.#options.now());
  }

  /** Tries to replace it that fit into that time at least, `null`: unknown. */
  triesLeft(generation: Generation | null): number | null {
    return countTriesLeft({ leftMs: this.leftMs(generation), windowMs: this.windowMs });
  }

  /** Ms until a moment of the wall clock, not negative. */
  until(at: number): number {
    return Math.max(0, at - this.#options.now());
  }
}

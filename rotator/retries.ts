/**
 * Tries of one kind that fail, and when the next one is.
 *
 * @module
 */

import { CredentialError, type CredentialFailure, describeError } from "../support/errors.ts";
import { retryDelayMs } from "./schedule.ts";
import type { Clocks } from "../support/set_back.ts";

/** How often somebody who waits can bring a try forward, and how often after a "dead". */
const ASKED_EVERY_MS = 1_000;
const ASKED_DEAD_EVERY_MS = 5_000;
/** Less than this between two clocks is no matter. */
const CLOCK_SET_MS = 1_000;

/** A failed try. */
interface Failure {
  readonly kind: CredentialFailure | null;
  readonly message: string;
  /** Whether the workspace said how long to wait. */
  readonly isHeld: boolean;
  /** By the clock that only rises. */
  readonly failedAt: number;
  readonly dueAt: number;
  /** Epoch ms, for people. */
  readonly nextAt: number;
}

/** Failures in a row. Waits by a clock that nobody sets. */
export class Retries {
  readonly #options: Clocks & { readonly random: () => number; readonly windowMs: number };
  #last: Failure | null = null;
  #count = 0;

  /** `windowMs`: see {@link retryDelayMs}. */
  constructor(options: Clocks & { readonly random: () => number; readonly windowMs: number }) {
    this.#options = options;
  }

  /** Failed tries since the last success. */
  get count(): number {
    return this.#count;
  }

  /** The last failure in words, `null` since a success. */
  get message(): string | null {
    return this.#last?.message ?? null;
  }

  /** What kind of failure the last one was; `null` since a success, and where it has no kind. */
  get kind(): CredentialFailure | null {
    return this.#last?.kind ?? null;
  }

  /** Epoch ms of the next try by the clock as it is now, `null` since a success. */
  get nextAt(): number | null {
    if (this.#last === null) return null;
    const { nextAt } = this.#last;
    const at = this.#options.now() + this.waitMs;
    // Only a clock that was set makes it another one; a try that is overdue does not.
    const isSet = nextAt - at > CLOCK_SET_MS || (this.waitMs > 0 && at - nextAt > CLOCK_SET_MS);
    return isSet ? at : nextAt;
  }

  /** Ms until the next try; 0 since a success. */
  get waitMs(): number {
    return this.#last === null ? 0 : Math.max(0, this.#last.dueAt - this.#options.elapsed());
  }

  /** Whether it is time for a try. Somebody who waits for it brings it forward. */
  isDue(urgency: "asked" | "unasked"): boolean {
    const last = this.#last;
    if (last === null || this.waitMs === 0) return true;
    if (urgency === "unasked" || last.isHeld) return false;
    const everyMs = last.kind === "dead-token" ? ASKED_DEAD_EVERY_MS : ASKED_EVERY_MS;
    return this.#options.elapsed() - last.failedAt >= everyMs;
  }

  /** Forgets all failures. */
  succeed(): void {
    this.#count = 0;
    this.#last = null;
  }

  /**
   * Notes a failure.
   *
   * @param attempt `leftMs`: ms for which the serving token can be used, 0 if it cannot, `null`:
   * unknown. `startedAt`: when the try began, by the clock that only rises.
   * @returns ms until the next try.
   */
  fail(
    error: unknown,
    attempt: { readonly leftMs: number | null; readonly startedAt: number },
  ): number {
    const { now, elapsed, random, windowMs } = this.#options;
    const known = error instanceof CredentialError ? error : null;
    const kind = known?.kind ?? null;
    const retryAfterMs = known?.retryAfterMs ?? null;
    const delayMs = retryDelayMs({
      kind,
      failures: ++this.#count,
      tookMs: elapsed() - attempt.startedAt,
      leftMs: attempt.leftMs,
      windowMs,
      retryAfterMs,
      random: random(),
    });
    this.#last = {
      kind,
      message: describeError(error),
      isHeld: retryAfterMs !== null,
      failedAt: elapsed(),
      dueAt: elapsed() + delayMs,
      nextAt: now() + delayMs,
    };
    return delayMs;
  }
}

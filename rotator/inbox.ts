/**
 * What happens outside between two steps of the chain: it wakes the chain and is dealt with in
 * the next step.
 *
 * @module
 */

import type { RotateOutcome } from "../protocol.ts";

/** Somebody who wants a rotation now, and is told how it went. */
export type RotateCall = (outcome: RotateOutcome) => void;

/** What came in since the last look. */
export interface Mail {
  readonly calls: RotateCall[];
  /** `asked`: a request waits for a credential. */
  readonly urgency: "asked" | "unasked";
}

/** Collects it. */
export class Inbox {
  #calls: RotateCall[] = [];
  #isWanted = false;
  #wake: () => void = () => {};
  #interrupt = new AbortController();

  /** Fires when something comes in that should not wait for a step that can. */
  get interrupt(): AbortSignal {
    return this.#interrupt.signal;
  }

  /** Takes out what there is. */
  take(): Mail {
    const urgency = this.#isWanted ? "asked" : "unasked";
    this.#isWanted = false;
    this.#interrupt = new AbortController();
    return { calls: this.takeCalls(), urgency };
  }

  /** Takes out the calls alone. */
  takeCalls(): RotateCall[] {
    return this.#calls.splice(0);
  }

  /** From now on whatever comes in wakes `bell`; before the step, so that nothing is missed. */
  hang(bell: () => void): void {
    this.#wake = bell;
  }

  /** A request waits for a credential. */
  want(): void {
    this.#isWanted = true;
    this.hurry();
  }

  /** Somebody wants a rotation now. */
  call(answer: RotateCall): void {
    this.#calls.push(answer);
    this.hurry();
  }

  /** Something happened that does not wait. */
  hurry(): void {
    this.#interrupt.abort();
    this.#wake();
  }

  /** Something happened. */
  ring(): void {
    this.#wake();
  }
}

/**
 * A generation and who uses it: requests in flight, and those it was handed to.
 *
 * @module
 */

import type { Generation } from "../workspace/credential.ts";

/** One use of a generation by one request. */
export interface Lease {
  readonly generation: Generation;
  /** Ends the use; the second call does nothing. */
  release(): void;
  /**
   * Ends the use by this request, but counts the generation as used for `forMs` from now: it was
   * given to somebody outside, who uses it that long without asking again.
   */
  handOut(forMs: number): void;
}

/** A generation with its uses. */
export interface Held {
  /** Its number may rise while it is in use; the secret stays the same. */
  generation: Generation;
  inFlight: number;
  /** However many hand-outs there are, the last of them to end is the one that counts. */
  handedOutUntil: number;
  isFenced: boolean;
}

/** A generation that nobody uses yet. */
export function hold(generation: Generation): Held {
  return { generation, inFlight: 0, handedOutUntil: Number.NEGATIVE_INFINITY, isFenced: false };
}

/** Begins a use of `held`. */
export function leaseOf(
  held: Held,
  { elapsed, onRelease }: {
    /** Milliseconds on a clock that only rises. */
    readonly elapsed: () => number;
    /** Told of the end of the use, once. */
    readonly onRelease: () => void;
  },
): Lease {
  held.inFlight++;
  let isHeld = true;
  const release = () => {
    if (!isHeld) return;
    isHeld = false;
    held.inFlight--;
    onRelease();
  };
  return {
    generation: held.generation,
    release,
    handOut: (forMs) => {
      held.handedOutUntil = Math.max(held.handedOutUntil, elapsed() + forMs);
      release();
    },
  };
}

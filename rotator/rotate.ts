/**
 * One rotation, in the only order that leaves a working token on disk wherever it is cut off.
 *
 * @module
 */

import type { Generation } from "../workspace/credential.ts";

/** The steps, each of which throws to end the rotation. */
export interface RotationSteps {
  /** Makes a successor with the current generation. */
  readonly mint: (current: Generation) => Promise<Generation>;
  /** Notes its id in the journal. */
  readonly record: (next: Generation) => Promise<void>;
  /** Tries it at the workspace. */
  readonly verify: (next: Generation) => Promise<void>;
  /** Writes it into the profile. */
  readonly persist: (next: Generation) => Promise<void>;
  /** Hands it to every proxy isolate. */
  readonly publish: (next: Generation) => void;
  /** Puts it into agents' files that hold an old one. Never throws. */
  readonly fanOut: (next: Generation) => Promise<void>;
  /**
   * Revokes the old one when every proxy isolate has confirmed the new one and its last request
   * is done. Goes on beside the rotations that follow: a stream may outlast several of them.
   */
  readonly retire: (old: Generation) => void;
  /** Revokes a successor that nobody has seen. */
  readonly discard: (next: Generation) => Promise<void>;
}

/**
 * Replaces `current`.
 *
 * @throws what a step threw; `current` then stays in use.
 */
export async function rotate(current: Generation, steps: RotationSteps): Promise<Generation> {
  const next = await steps.mint(current);
  try {
    await steps.record(next);
    await steps.verify(next);
    await steps.persist(next);
  } catch (error) {
    await steps.discard(next);
    throw error;
  }
  steps.publish(next);
  await steps.fanOut(next);
  steps.retire(current);
  return next;
}

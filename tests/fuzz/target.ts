/**
 * What is fuzzed: a piece of the service that reads what others write, and what it promises.
 *
 * @module
 */

import type { Dice } from "../support/chaos/dice.ts";

/** One target. */
export interface FuzzTarget {
  readonly name: string;
  /** Inputs that it knows well, to begin with. */
  readonly seeds: readonly string[];
  /** Words that mean something to it. */
  readonly words: readonly string[];
  /**
   * Reads an input and throws if a promise is broken. What it returns says what kind of input it
   * was: one of a new kind is kept, and changed further.
   */
  check(input: string, dice: Dice): string | Promise<string>;
  /** Frees what it holds. */
  close?(): Promise<void>;
}

/** What a refusal is called, without what differs from one input to the next. */
export function kindOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.replace(/"(?:[^"\\]|\\.)*"|\d+/g, "_").slice(0, 120);
}

/**
 * Calls of tools and their results, as every dialect pairs them in its own way.
 *
 * @module
 */

import type { Json } from "../json.ts";

/** A conversation: messages, or items of Responses. */
export type Turns = readonly Json[];

/** How a dialect mends its pairs; each gives the same list if there is nothing to mend. */
export interface Pairing {
  /** Without results that answer no call of the turn before, or one that is answered. */
  dropOrphans(turns: Turns): Turns;
  /** With results right behind their calls, before anything else that is said. */
  orderResults(turns: Turns): Turns;
  /** With a result for each call that has none. */
  answerCalls(turns: Turns): Turns;
}

/** What is said in place of a result that never came. */
export const NO_RESULT = "No result was recorded for this call";

/** An id that can be matched. */
export function idOf(value: Json | undefined): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/**
 * All answer repairs, in the order in which they work.
 *
 * @module
 */

import type { AnswerRepair, Subject } from "./repair.ts";

/** The table. */
export const ANSWER_REPAIRS: readonly AnswerRepair[] = [];

/** The row of the table for answers to `subject`. */
export function answerRowFor(
  repairs: readonly AnswerRepair[],
  subject: Subject,
): readonly AnswerRepair[] {
  return repairs.filter((repair) =>
    repair.dialects.includes(subject.dialect) && repair.serves(subject)
  );
}

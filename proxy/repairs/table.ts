/**
 * All request repairs, in the order in which they work: what takes things out before what looks
 * for pairs among those that are left.
 *
 * @module
 */

import type { Dialect } from "../../workspace/endpoints.ts";
import type { RequestRepair, Subject } from "./repair.ts";

/** The table. */
export const REQUEST_REPAIRS: readonly RequestRepair[] = [];

/** The repairs of a table that are not switched off. */
export function allBut(
  repairs: readonly RequestRepair[],
  off: readonly string[],
): readonly RequestRepair[] {
  return repairs.filter(({ name }) => !off.includes(name));
}

/** Whether any of `repairs` reads `dialect`. */
export function anyReads(repairs: readonly RequestRepair[], dialect: Dialect): boolean {
  return repairs.some(({ dialects }) => dialects.includes(dialect));
}

/** The row of the table for `subject`. */
export function rowFor(
  repairs: readonly RequestRepair[],
  subject: Subject,
): readonly RequestRepair[] {
  return repairs.filter((repair) =>
    repair.dialects.includes(subject.dialect) && repair.serves(subject)
  );
}

/**
 * All request repairs, in the order in which they work: what takes things out before what looks
 * for pairs among those that are left.
 *
 * @module
 */

import type { RequestRepair } from "./repair.ts";

/** The table. */
export const REQUEST_REPAIRS: readonly RequestRepair[] = [];

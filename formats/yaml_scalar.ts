/**
 * A string → the YAML scalar that every reader takes for this string.
 *
 * @module
 */

import { numberText } from "./format.ts";

/** Where a scalar is to stand, and in which quotes. */
export interface ScalarPlace {
  /** The quotes to keep if they can hold the value; `plain` is none. */
  readonly quotes: "plain" | "single" | "double";
}

// Letters first, so that nothing looks like a number, a date or a mark of YAML. A colon is only
// allowed in front of something that is not a space.
const PLAIN = /^[A-Za-z/](?:[\w./+@-]|:(?=[\w/]))*$/;

// YAML 1.1 (which Python's reader speaks) has more words than 1.2.
const WORDS = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

// What JSON leaves as it is and YAML does not allow, or reads as the end of a line.
const UNPRINTABLE = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

/**
 * The source of a scalar that is read as `value` by readers of YAML 1.1 and 1.2.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { writeScalar } from "./yaml_scalar.ts";
 *
 * assert.equal(writeScalar("custom", { quotes: "plain" }), "custom");
 * assert.equal(writeScalar("no", { quotes: "plain" }), '"no"');
 * assert.equal(writeScalar("it's", { quotes: "single" }), "'it''s'");
 * ```
 */
export function writeScalar(value: string, place: ScalarPlace): string {
  if (place.quotes === "plain" && PLAIN.test(value) && !WORDS.test(value)) return value;
  if (place.quotes === "single" && /^[\x20-\x7e]*$/.test(value)) {
    return `'${value.replaceAll("'", "''")}'`;
  }
  return JSON.stringify(value).replace(UNPRINTABLE, escapeUnit);
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/**
 * The source of a value that is no mapping or list; only strings stand in quotes.
 *
 * @throws {FormatError} for a number that is none.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { writeValue } from "./yaml_scalar.ts";
 *
 * assert.equal(writeValue("5", { quotes: "plain" }), '"5"');
 * assert.equal(writeValue(5, { quotes: "double" }), "5");
 * assert.equal(writeValue(1e21, { quotes: "plain" }), "1.0e+21");
 * ```
 */
export function writeValue(value: string | number | boolean | null, place: ScalarPlace): string {
  if (typeof value === "string") return writeScalar(value, place);
  if (typeof value !== "number") return String(value);
  // YAML 1.1 takes a number with an exponent and without a dot for a string.
  return numberText(value).replace(/^(-?\d+)e/, "$1.0e");
}

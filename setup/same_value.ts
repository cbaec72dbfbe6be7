/**
 * Whether two values of configs are the same.
 *
 * @module
 */

import { isRecord } from "../formats/format.ts";

/**
 * Compares values as JSON has them; the order of keys does not count.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { isSameValue } from "./same_value.ts";
 *
 * assert.ok(isSameValue({ a: [1], b: null }, { b: null, a: [1] }));
 * assert.ok(!isSameValue([1, 2], [2, 1]) && !isSameValue("1", 1) && !isSameValue({}, { a: 1 }));
 * ```
 */
export function isSameValue(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((value, index) => isSameValue(value, b[index]));
  }
  if (isRecord(a) && isRecord(b)) {
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length &&
      keys.every((key) => Object.hasOwn(b, key) && isSameValue(a[key], b[key]));
  }
  return Object.is(a, b);
}

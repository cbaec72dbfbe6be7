/**
 * The data of a text in a form in which keys of every kind stay apart and `__proto__` is a key
 * like any other.
 *
 * @module
 */

import type { ConfigValue } from "./format.ts";

/** The data of a text: maps, arrays and scalars. */
export type Data = unknown;

/** A value as {@link Data}. */
export function dataOf(value: ConfigValue): Data {
  if (Array.isArray(value)) return value.map(dataOf);
  if (typeof value !== "object" || value === null) return value;
  return new Map(Object.entries(value).map(([key, child]) => [key, dataOf(child)]));
}

/**
 * {@link Data} as plain objects and arrays.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { plainOf } from "./data.ts";
 *
 * const plain = plainOf(new Map([["__proto__", new Map([["a", [1]]])]]));
 * assert.deepEqual(Object.entries(Object(plain)), [["__proto__", { a: [1] }]]);
 * ```
 */
export function plainOf(data: Data): unknown {
  if (Array.isArray(data)) return data.map(plainOf);
  if (!(data instanceof Map)) return data;
  // Object.fromEntries() defines keys, it does not assign them.
  return Object.fromEntries(
    Array.from(data, ([key, child]) => [String(key), plainOf(child)] as const),
  );
}

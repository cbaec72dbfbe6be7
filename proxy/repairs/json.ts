/**
 * JSON values as repairs see them: never written into, so that what is the same object is what
 * did not change.
 *
 * @module
 */

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object. `__proto__` in it is a key like any other. */
export interface JsonObject {
  /** Any key. */
  readonly [key: string]: Json;
}

/** Whether `value` is a JSON object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether `value` is a JSON array. */
export function isArray(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}

/**
 * What `object` itself has under `key`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { get } from "./json.ts";
 *
 * assert.equal(get({ a: 1 }, "a"), 1);
 * assert.equal(get({ a: 1 }, "constructor"), undefined);
 * ```
 */
export function get(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/**
 * The object with `value` under `key`; the same object if it was there.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { withEntry } from "./json.ts";
 *
 * const body = { a: 1 };
 * assert.deepEqual(withEntry(body, "a", 2), { a: 2 });
 * assert.equal(withEntry(body, "a", 1), body);
 * ```
 */
export function withEntry(object: JsonObject, key: string, value: Json): JsonObject {
  return get(object, key) === value ? object : { ...object, [key]: value };
}

/**
 * The object without `keys`; the same object if it has none of them.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { without } from "./json.ts";
 *
 * const body = { a: 1, b: 2 };
 * assert.deepEqual(without(body, ["a"]), { b: 2 });
 * assert.equal(without(body, ["c"]), body);
 * ```
 */
export function without(object: JsonObject, keys: readonly string[]): JsonObject {
  if (!keys.some((key) => Object.hasOwn(object, key))) return object;
  const copy: Record<string, Json> = { ...object };
  for (const key of keys) delete copy[key];
  return copy;
}

/**
 * The array with each item mapped, and without those that became `undefined`; the same array if
 * each stayed what it was.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mapItems } from "./json.ts";
 *
 * const list = [1, 2];
 * assert.equal(mapItems(list, (item) => item), list);
 * assert.deepEqual(mapItems(list, (item) => item === 1 ? undefined : item), [2]);
 * ```
 */
export function mapItems<T extends Json>(
  items: readonly T[],
  map: (item: T, index: number) => T | undefined,
): readonly T[] {
  let changed: T[] | null = null;
  for (let index = 0; index < items.length; index++) {
    const item = items[index] as T;
    const mapped = map(item, index);
    if (changed === null && mapped === item) continue;
    changed ??= items.slice(0, index);
    if (mapped !== undefined) changed.push(mapped);
  }
  return changed ?? items;
}

/**
 * The object with the array under `key` mapped as {@link mapItems} does; the same object if
 * there is no array or nothing changed.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mapEntryItems } from "./json.ts";
 *
 * assert.deepEqual(mapEntryItems({ a: [1, 2] }, "a", (n) => n === 1 ? 3 : n), { a: [3, 2] });
 * ```
 */
export function mapEntryItems(
  object: JsonObject,
  key: string,
  map: (item: Json, index: number) => Json | undefined,
): JsonObject {
  const items = get(object, key);
  return isArray(items) ? withEntry(object, key, mapItems(items, map)) : object;
}

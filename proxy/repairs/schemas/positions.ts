/**
 * Where schemas stand within one another. Who walks by position cannot mistake a property that is
 * named like a keyword for one.
 *
 * @module
 */

import {
  isArray,
  isObject,
  type Json,
  type JsonObject,
  mapEntryItems,
  withEntry,
} from "../json.ts";

/** Deeper schemas are left alone: no tool has one, and a walker must end. */
export const SCHEMA_DEPTH = 64;

/** Schemas of more values are left alone: what choices multiply could be as many squared. */
export const SCHEMA_VALUES = 10_000;

/** What stands under a keyword: one schema or a list of them, or some under names of their own. */
const PLACES: ReadonlyMap<string, "schemas" | "names"> = new Map([
  ["items", "schemas"],
  ["additionalProperties", "schemas"],
  ["additionalItems", "schemas"],
  ["unevaluatedItems", "schemas"],
  ["unevaluatedProperties", "schemas"],
  ["propertyNames", "schemas"],
  ["contains", "schemas"],
  ["not", "schemas"],
  ["if", "schemas"],
  ["then", "schemas"],
  ["else", "schemas"],
  ["contentSchema", "schemas"],
  ["anyOf", "schemas"],
  ["oneOf", "schemas"],
  ["allOf", "schemas"],
  ["prefixItems", "schemas"],
  ["properties", "names"],
  ["patternProperties", "names"],
  ["$defs", "names"],
  ["definitions", "names"],
  ["dependentSchemas", "names"],
]);

/**
 * The schema with each of its own direct parts mapped; the same object if all stayed.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mapParts } from "./positions.ts";
 *
 * const schema = { properties: { items: { type: "string" } } };
 * assert.deepEqual(mapParts(schema, () => ({})), { properties: { items: {} } });
 * ```
 */
export function mapParts(schema: JsonObject, map: (part: JsonObject) => JsonObject): JsonObject {
  const each = (part: Json): Json => isObject(part) ? map(part) : part;
  let mapped = schema;
  for (const key in schema) {
    const place = PLACES.get(key);
    if (place === undefined) continue;
    const parts = schema[key];
    if (isArray(parts)) mapped = place === "schemas" ? mapEntryItems(mapped, key, each) : mapped;
    else if (isObject(parts)) {
      mapped = withEntry(mapped, key, place === "names" ? mapEntries(parts, each) : map(parts));
    }
  }
  return mapped;
}

/**
 * The schema with `map` worked on it and on all schemas in it, outermost first; the same object
 * if nothing changed, or if it is too deep to look at.
 */
export function mapSchemas(
  schema: JsonObject,
  map: (schema: JsonObject) => JsonObject,
): JsonObject {
  let isTooDeep = false;
  const walk = (part: JsonObject, depth: number): JsonObject => {
    isTooDeep ||= depth > SCHEMA_DEPTH;
    return isTooDeep ? part : mapParts(map(part), (inner) => walk(inner, depth + 1));
  };
  const mapped = walk(schema, 0);
  return isTooDeep ? schema : mapped;
}

/** Whether `test` holds for a keyword of the schema or of any in it, or may: it is too deep. */
export function anyKeyword(
  schema: JsonObject,
  test: (keyword: string) => boolean,
  depth = 0,
): boolean {
  if (depth > SCHEMA_DEPTH) return true;
  for (const key in schema) {
    if (test(key)) return true;
    const place = PLACES.get(key);
    const parts = place === undefined ? undefined : schema[key];
    if (place === "schemas" && isObject(parts)) {
      if (anyKeyword(parts, test, depth + 1)) return true;
    } else if (isObject(parts) || isArray(parts)) {
      for (const part of Object.values(parts)) {
        if (isObject(part) && anyKeyword(part, test, depth + 1)) return true;
      }
    }
  }
  return false;
}

/** The object with each value mapped; the same object if all stayed. */
export function mapEntries(
  object: JsonObject,
  map: (value: Json, key: string) => Json,
): JsonObject {
  let entries: [string, Json][] | null = null;
  for (const key in object) {
    const value = object[key] as Json;
    const mapped = map(value, key);
    if (mapped !== value) (entries ??= []).push([key, mapped]);
  }
  // Not by assignment: a property may be named `__proto__`.
  return entries === null ? object : { ...object, ...Object.fromEntries(entries) };
}

/** Whether any object or list in `value` is deeper than those of tools' schemas are. */
export function isTooDeep(value: Json): boolean {
  return isBeyond(value, Infinity);
}

/** Whether `times` as much as `value` is more than tools' schemas are, or it is deeper. */
export function isTooLarge(value: Json, times = 1): boolean {
  return isBeyond(value, SCHEMA_VALUES / times);
}

function isBeyond(value: Json, values: number): boolean {
  let left = values;
  const walk = (part: Json, depth: number): boolean => {
    if (--left < 0) return true;
    if (typeof part !== "object" || part === null) return false;
    if (depth === 2 * SCHEMA_DEPTH) return true;
    if (isArray(part)) return part.some((item) => walk(item, depth + 1));
    for (const key in part) if (walk(part[key] ?? null, depth + 1)) return true;
    return false;
  };
  return walk(value, 0);
}

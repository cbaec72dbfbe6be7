/**
 * Schemas made of several: put together where all hold, taken apart where any may.
 *
 * @module
 */

import { get, isArray, isObject, type Json, type JsonObject, without } from "../json.ts";

/**
 * Both schemas in one; where they disagree, the second is right.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { merge } from "./unions.ts";
 *
 * assert.deepEqual(
 *   merge({ properties: { a: {} }, required: ["a"] }, { properties: { b: {} }, required: ["b"] }),
 *   { properties: { a: {}, b: {} }, required: ["a", "b"] },
 * );
 * ```
 */
export function merge(first: JsonObject, second: JsonObject): JsonObject {
  return mergeAll([first, second]);
}

/** Put together at once: one by one, a long list would cost the square of its length. */
function mergeAll(schemas: readonly JsonObject[]): JsonObject {
  const properties = schemas.map((schema) => get(schema, "properties")).filter(isObject);
  const required = schemas.map((schema) => get(schema, "required")).filter(isArray).flat();
  return {
    ...joined(schemas),
    ...(properties.length > 1 ? { properties: joined(properties) } : {}),
    ...(required.length > 0 ? { required: [...new Set(required)] } : {}),
  };
}

// Not by assignment: a key may be named `__proto__`.
function joined(objects: readonly JsonObject[]): JsonObject {
  return Object.fromEntries(objects.flatMap((object) => Object.entries(object)));
}

/** The schema with its `allOf` put into it: what it says by itself is right. */
export function withoutAllOf(schema: JsonObject): JsonObject {
  const all = get(schema, "allOf");
  if (all === undefined) return schema;
  const parts = isArray(all) ? all.filter(isObject).map(withoutAllOf) : [];
  return mergeAll([...parts, without(schema, ["allOf"])]);
}

/** What a schema may be, one by one. */
export interface Variants {
  /** The schemas of `anyOf` and `oneOf` that are not null. */
  readonly variants: readonly JsonObject[];
  /** Whether it may be null too. */
  readonly isNullable: boolean;
  /** What holds for all of them. */
  readonly base: JsonObject;
}

/**
 * A schema taken apart by its `anyOf` and `oneOf`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { variantsOf } from "./unions.ts";
 *
 * assert.deepEqual(variantsOf({ description: "d", anyOf: [{ type: "string" }, { type: "null" }] }), {
 *   variants: [{ type: "string" }],
 *   isNullable: true,
 *   base: { description: "d" },
 * });
 * ```
 */
export function variantsOf(schema: JsonObject): Variants {
  const lists = [get(schema, "anyOf"), get(schema, "oneOf")].filter(isArray);
  const all = lists.flat().filter(isObject).map(withoutAllOf);
  const variants = all.filter((variant) => !isNull(variant));
  return {
    variants,
    isNullable: variants.length < all.length,
    base: without(schema, ["anyOf", "oneOf"]),
  };
}

function isNull(schema: JsonObject): boolean {
  const type = get(schema, "type");
  const values = get(schema, "enum");
  return typeof type === "string" && type.toLowerCase() === "null" ||
    get(schema, "const") === null ||
    isArray(values) && values.length > 0 && values.every((value) => value === null);
}

/**
 * One object that has the properties of all variants, and needs what each of them needs: what is
 * left of a choice between objects where none can be written.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { foldObjects } from "./unions.ts";
 *
 * assert.deepEqual(
 *   foldObjects({ type: "object", required: ["a"] }, [
 *     { properties: { a: {}, b: {} }, required: ["b"] },
 *     { properties: { c: {} }, required: ["b", "c"] },
 *   ]),
 *   { type: "object", required: ["a", "b"], properties: { a: {}, b: {}, c: {} } },
 * );
 * ```
 */
export function foldObjects(base: JsonObject, variants: readonly JsonObject[]): JsonObject {
  if (variants.length === 0) return base;
  const properties = [...variants.flatMap(propertiesIn), get(base, "properties")].filter(isObject);
  const required = [...new Set([...listOf(get(base, "required")), ...neededByAll(variants)])];
  return {
    ...base,
    ...(properties.length > 0 ? { properties: joined(properties) } : {}),
    ...(required.length > 0 ? { required } : {}),
  };
}

/** The properties of a schema, and those of each that it may be. */
function propertiesIn(schema: JsonObject): readonly (Json | undefined)[] {
  const { variants, base } = variantsOf(schema);
  return [get(base, "properties"), ...variants.flatMap(propertiesIn)];
}

/** The names that a schema needs, whichever of its variants it is. */
function neededBy(schema: JsonObject): readonly Json[] {
  const { variants, base } = variantsOf(schema);
  return [...listOf(get(base, "required")), ...neededByAll(variants)];
}

function neededByAll(schemas: readonly JsonObject[]): readonly Json[] {
  const [first, ...others] = schemas.map((schema) => new Set(neededBy(schema)));
  return first === undefined
    ? []
    : [...first].filter((name) => others.every((set) => set.has(name)));
}

function listOf(value: Json | undefined): readonly Json[] {
  return isArray(value) ? value : [];
}

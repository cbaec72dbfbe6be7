/**
 * JSON Schema for the open models that Databricks serves itself, which know no choices,
 * references or patterns.
 *
 * https://docs.databricks.com/aws/en/machine-learning/model-serving/function-calling
 *
 * @module
 */

import { get, isArray, isObject, type JsonObject, without } from "../json.ts";
import { inlineRefs } from "./inline_refs.ts";
import { anyKeyword, isTooLarge, mapParts } from "./positions.ts";
import { foldObjects, merge, variantsOf, withoutAllOf } from "./unions.ts";

/** What is not known. */
const UNKNOWN = ["anyOf", "oneOf", "allOf", "prefixItems", "$ref", "pattern"] as const;

/**
 * The parameters of a tool without what these models do not know; the same object if there is
 * nothing of it. Of several types that a value may have, the first is left.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { toOpenSchema } from "./open_schema.ts";
 *
 * assert.deepEqual(
 *   toOpenSchema({ properties: { pattern: { anyOf: [{ type: "string" }, { type: "null" }] } } }),
 *   { properties: { pattern: { type: "string" } } },
 * );
 * ```
 */
export function toOpenSchema(schema: JsonObject): JsonObject {
  if (!anyKeyword(schema, isUnknown) || isTooLarge(schema)) return schema;
  return fold(inlineRefs(schema), "top");
}

function isUnknown(keyword: string): boolean {
  return (UNKNOWN as readonly string[]).includes(keyword);
}

function fold(schema: JsonObject, place: "top" | "part"): JsonObject {
  const { variants, base } = variantsOf(withoutAllOf(schema));
  const [first] = variants;
  if (first !== undefined) {
    const isObjects = place === "top" || isObject(get(base, "properties"));
    return fold(isObjects ? foldObjects(base, variants) : merge(first, base), place);
  }
  const prefix = get(base, "prefixItems");
  const item = isArray(prefix) ? prefix.find(isObject) : undefined;
  const bare = without(base, UNKNOWN);
  const whole = item === undefined || isObject(get(bare, "items"))
    ? bare
    : { ...bare, items: item };
  return mapParts(whole, (part) => fold(part, "part"));
}

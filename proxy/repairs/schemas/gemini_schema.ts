/**
 * JSON Schema as Gemini's `Schema` knows it: one type, strings as enum, `nullable` in place of
 * null, `anyOf` alone or not at all, and no other keyword.
 *
 * https://ai.google.dev/api/caching#Schema
 *
 * @module
 */

import { get, isArray, isObject, type Json, type JsonObject, without } from "../json.ts";
import { fitsAsPart, fitsGemini } from "./fits_gemini.ts";
import { type GeminiDetail, isFormat, keywordsOf, NUMBER_BOUNDS } from "./gemini_words.ts";
import {
  listed,
  namesOf,
  splitTypes,
  stringType,
  typeOf,
  valuesOf,
  withNull,
} from "./gemini_values.ts";
import { inlineRefs } from "./inline_refs.ts";
import { isTooLarge, mapEntries } from "./positions.ts";
import { foldObjects, merge, variantsOf, withoutAllOf } from "./unions.ts";

/**
 * The parameters of a tool as Gemini takes them; the same object if it takes them as they are.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { toGeminiSchema } from "./gemini_schema.ts";
 *
 * const schema = {
 *   $schema: "http://json-schema.org/draft-07/schema#",
 *   type: "object",
 *   properties: { pattern: { type: ["string", "null"], pattern: "^a" } },
 *   required: ["pattern"],
 *   additionalProperties: false,
 * };
 * assert.deepEqual(toGeminiSchema(schema, "plain"), {
 *   type: "object",
 *   properties: { pattern: { type: "string", nullable: true } },
 *   required: ["pattern"],
 * });
 * ```
 */
export function toGeminiSchema(schema: JsonObject, detail: GeminiDetail): JsonObject {
  if (fitsGemini(schema, detail) || isTooLarge(schema)) return schema;
  return convertRoot(inlineRefs(schema), detail);
}

/** Parameters are one object: a choice between several is not known at the top. */
function convertRoot(schema: JsonObject, detail: GeminiDetail): JsonObject {
  const { variants, base } = variantsOf(withoutAllOf(schema));
  const folded = without(foldObjects(base, variants), ["enum", "const", "items", "prefixItems"]);
  return convertPlain({ properties: {}, ...folded, type: objectType(folded) }, detail);
}

function objectType(schema: JsonObject): Json {
  return get(schema, "type") === "OBJECT" ? "OBJECT" : "object";
}

function convert(given: Json | undefined, detail: GeminiDetail): JsonObject {
  if (!isObject(given)) return { type: "string" };
  if (fitsAsPart(given, detail)) return given;
  const { variants, isNullable, base } = variantsOf(splitTypes(withoutAllOf(given)));
  const [first, second] = variants;
  if (first === undefined) return withNull(convertPlain(base, detail), isNullable);
  // What stands around the only choice was written for this use of it.
  if (second === undefined) return withNull(convert(merge(first, base), detail), isNullable);
  if (isObject(get(base, "properties"))) {
    return withNull(convertPlain(foldObjects(base, variants), detail), isNullable);
  }
  // Said once for each choice, lists of such lists would double at each step, and long ones fill
  // the memory.
  if (PARTS.some((key) => Object.hasOwn(base, key)) || isTooLarge(base, variants.length)) {
    return withNull(convertPlain(base, detail), isNullable);
  }
  return withNull(chooseOf(base, variants, detail), isNullable);
}

/** Vertex: "When using any_of, it must be the only field set". So each choice says it all. */
function chooseOf(
  base: JsonObject,
  variants: readonly JsonObject[],
  detail: GeminiDetail,
): JsonObject {
  const shared = without(base, ["default", "example"]);
  const choices = new Map<string, JsonObject>();
  for (const variant of variants) {
    const choice = convert(merge(shared, variant), detail);
    const inner = get(choice, "anyOf");
    for (const one of isArray(inner) ? inner.filter(isObject) : [choice]) {
      choices.set(JSON.stringify(one), one);
    }
  }
  const [only, ...others] = choices.values();
  return others.length === 0 ? only ?? { type: "string" } : { anyOf: [...choices.values()] };
}

/** What has schemas in it and is no choice. */
const PARTS = ["items", "prefixItems", "properties"] as const;

/** A schema without any choice in it. */
function convertPlain(schema: JsonObject, detail: GeminiDetail): JsonObject {
  const values = valuesOf(schema);
  const texts = values.filter((value) => typeof value === "string" && value !== "");
  // An enum of anything but strings is refused; in words it still tells the model.
  const isEnum = texts.length > 0 &&
    values.every((value) => typeof value === "string" || value === null);
  const type = isEnum ? stringType(schema) : typeOf(schema, values);
  const place = { schema, kind: type.toLowerCase(), detail };
  const keywords = keywordsOf(detail);
  const result: Record<string, Json> = {};
  if (!Object.hasOwn(schema, "type")) result["type"] = type;
  for (const key in schema) {
    if (!keywords.has(key) || key === "enum") continue;
    const kept = key === "type" ? type : keep(key, schema[key] ?? null, place);
    if (kept !== undefined) result[key] = kept;
  }
  if (isEnum) result["enum"] = texts;
  else if (values.some((value) => value !== null && value !== "")) {
    result["description"] = [result["description"], listed(values)].filter(Boolean).join(" ");
  }
  if (values.includes(null)) result["nullable"] = true;
  if (place.kind === "array" && result["items"] === undefined) {
    result["items"] = itemsOf(schema, detail);
  }
  return result;
}

function keep(
  key: string,
  value: Json,
  { schema, kind, detail }: {
    readonly schema: JsonObject;
    readonly kind: string;
    readonly detail: GeminiDetail;
  },
): Json | undefined {
  const isNumber = typeof value === "number";
  switch (key) {
    case "title":
    case "description":
    case "pattern":
      return typeof value === "string" ? value : undefined;
    case "nullable":
      return typeof value === "boolean" ? value : undefined;
    case "format":
      return isFormat(value, kind) ? value : undefined;
    case "minimum":
    case "maximum":
      return isNumber && NUMBER_BOUNDS[detail].has(kind) ? value : undefined;
    case "properties":
      return isObject(value) && kind === "object"
        ? mapEntries(value, (part) => convert(part, detail))
        : undefined;
    case "required":
    case "propertyOrdering":
      return namesOf(value, get(schema, "properties"));
    case "items":
      return kind === "array" && isObject(value) ? convert(value, detail) : undefined;
    case "type":
    case "default":
    case "example":
      return value;
    default:
      return isNumber || typeof value === "string" && /^\d+$/.test(value) ? value : undefined;
  }
}

/** What a list may have in it, where that is said item by item or not at all. */
function itemsOf(schema: JsonObject, detail: GeminiDetail): JsonObject {
  const items = get(schema, "items");
  const prefix = isArray(items) ? items : get(schema, "prefixItems");
  const variants = isArray(prefix) ? prefix.filter(isObject) : [];
  return chooseOf({}, variants, detail);
}

/**
 * Whether Gemini takes a schema as it is, so that it may stay the text that it was.
 *
 * @module
 */

import { isArray, isObject, type Json, type JsonObject } from "../json.ts";
import { type GeminiDetail, isFormat, keywordsOf, kindOf, NUMBER_BOUNDS } from "./gemini_words.ts";
import { SCHEMA_DEPTH } from "./positions.ts";

/**
 * Whether these parameters of a tool need no change.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { fitsGemini } from "./fits_gemini.ts";
 *
 * assert(fitsGemini({ type: "object", properties: { $ref: { type: "string" } } }, "plain"));
 * assert(!fitsGemini({ type: "object", $ref: "#/$defs/A" }, "plain"));
 * ```
 */
export function fitsGemini(schema: JsonObject, detail: GeminiDetail): boolean {
  return kindOf(schema) === "object" && fits(schema, detail, 0);
}

/** The same for a part of a tool's parameters, which need not be an object. */
export function fitsAsPart(schema: JsonObject, detail: GeminiDetail): boolean {
  return fits(schema, detail, 0);
}

function fits(schema: Json | undefined, detail: GeminiDetail, depth: number): boolean {
  if (!isObject(schema) || depth > 2 * SCHEMA_DEPTH) return false;
  const { anyOf: choices } = schema;
  if (choices !== undefined) {
    return isArray(choices) && choices.length > 1 && Object.keys(schema).length === 1 &&
      choices.every((choice) =>
        isObject(choice) && choice.anyOf === undefined && fits(choice, detail, depth + 1)
      );
  }
  const kind = kindOf(schema);
  if (kind === null || kind === "array" && schema.items === undefined) return false;
  const keywords = keywordsOf(detail);
  // Every tool of every request comes by here: nothing is made on the way.
  for (const key in schema) {
    if (!keywords.has(key)) return false;
    const value = schema[key];
    if (key === "properties") {
      if (kind !== "object" || !isObject(value)) return false;
      for (const name in value) if (!fits(value[name], detail, depth + 1)) return false;
    } else if (key === "items") {
      if (kind !== "array" || !fits(value, detail, depth + 1)) return false;
    } else if (key === "required" || key === "propertyOrdering") {
      if (!isArray(value) || !areKnown(value, schema.properties)) return false;
    } else if (key === "minimum" || key === "maximum") {
      if (typeof value !== "number" || !NUMBER_BOUNDS[detail].has(kind)) return false;
    } else if (!fitsPlain(key, value, kind)) return false;
  }
  return true;
}

function fitsPlain(key: string, value: Json | undefined, kind: string): boolean {
  switch (key) {
    case "title":
    case "description":
    case "pattern":
      return typeof value === "string";
    case "nullable":
      return typeof value === "boolean";
    case "format":
      return isFormat(value, kind);
    case "enum":
      return kind === "string" && isArray(value) && value.length > 0 &&
        value.every((item) => typeof item === "string" && item !== "");
    case "type":
    case "default":
    case "example":
      return true;
    default:
      return typeof value === "number" || typeof value === "string" && /^\d+$/.test(value);
  }
}

function areKnown(names: readonly Json[], properties: Json | undefined): boolean {
  return names.length === 0 || isObject(properties) &&
      names.every((name) => typeof name === "string" && Object.hasOwn(properties, name));
}

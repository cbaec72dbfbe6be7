/**
 * The sentences in an error body, out of whatever it is wrapped in: Databricks' envelope with JSON
 * as its message, `external_model_error`, and the envelopes of OpenAI, Anthropic and Google.
 *
 * @module
 */

import { isArray, isObject, type Json } from "../json.ts";

const DEPTH = 12;
const TEXTS = 64;
const CHARS = 65_536;

/**
 * Every string of an error body, outermost first; JSON inside of strings is opened.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { errorTexts } from "./error_texts.ts";
 *
 * const body = JSON.stringify({
 *   error_code: "BAD_REQUEST",
 *   message: JSON.stringify({ message: "store: Extra inputs are not permitted" }),
 * });
 * assert.equal(errorTexts(body).at(-1), "store: Extra inputs are not permitted");
 * ```
 */
export function errorTexts(body: string): readonly string[] {
  const texts: string[] = [];
  const open: { readonly value: Json; readonly depth: number }[] = [
    { value: body.slice(0, CHARS), depth: 0 },
  ];
  for (let next = open.shift(); next !== undefined && texts.length < TEXTS; next = open.shift()) {
    const { value, depth } = next;
    if (typeof value === "string") {
      const inner = depth < DEPTH ? innerJson(value) : undefined;
      if (inner === undefined) texts.push(value);
      else open.push({ value: inner, depth: depth + 1 });
    } else if (depth < DEPTH && (isArray(value) || isObject(value))) {
      const items = isArray(value) ? value : Object.values(value);
      for (const item of items.slice(0, TEXTS)) open.push({ value: item, depth: depth + 1 });
    }
  }
  return texts;
}

/** JSON that a text is, or that stands in it behind words of the one who passed it on. */
function innerJson(text: string): Json | undefined {
  const begin = text.indexOf("{");
  const end = text.lastIndexOf("}");
  if (begin < 0 || end < begin) return undefined;
  try {
    const value: Json = JSON.parse(text.slice(begin, end + 1));
    return begin === 0 ? value : [text.slice(0, begin), value];
  } catch {
    return undefined;
  }
}

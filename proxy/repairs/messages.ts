/**
 * How repairs look at conversations: what is blank, who speaks, what a list of messages becomes.
 *
 * @module
 */

import { get, isArray, isObject, type Json, type JsonObject, mapEntryItems } from "./json.ts";

/**
 * Whether there is nothing but white space. Long texts are told by their first character.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { isBlank } from "./messages.ts";
 *
 * assert(isBlank(" \n\u00a0"));
 * assert(!isBlank(" a"));
 * ```
 */
export function isBlank(text: string): boolean {
  const first = text.charCodeAt(0);
  // From ! to ~: no white space among them, and nearly every text begins with one.
  return first > 0x20 && first < 0x7f ? false : text.trim() === "";
}

/** The role of a message; `undefined` if it has none or is no object. */
export function roleOf(message: Json | undefined): Json | undefined {
  return isObject(message) ? message.role : undefined;
}

/** Whether a part of a message is text with nothing in it. */
export function isBlankText(part: Json): boolean {
  if (!isObject(part) || get(part, "type") !== "text") return false;
  const text = get(part, "text");
  return typeof text === "string" && isBlank(text);
}

/** Whether a message's content says nothing: none, white space, an empty list. */
export function isBlankContent(content: Json | undefined): boolean {
  if (typeof content === "string") return isBlank(content);
  return content === undefined || content === null || (isArray(content) && content.length === 0);
}

/** Whether a chat message calls tools. */
export function hasCalls(message: JsonObject): boolean {
  const calls = get(message, "tool_calls");
  if (isArray(calls) ? calls.length > 0 : isObject(calls)) return true;
  return isObject(get(message, "function_call"));
}

/** The body with each of its messages mapped; what is no object among them stays. */
export function mapMessages(
  body: JsonObject,
  map: (message: JsonObject, index: number) => JsonObject | undefined,
): JsonObject {
  return mapEntryItems(
    body,
    "messages",
    (message, index) => isObject(message) ? map(message, index) : message,
  );
}

/**
 * Where each dialect has its conversation, and how it pairs calls with results.
 *
 * @module
 */

import type { Dialect } from "../../../workspace/endpoints.ts";
import { get, isArray, isObject, type Json, type JsonObject, withEntry } from "../json.ts";
import { anthropicPairs } from "./anthropic_pairs.ts";
import { chatPairs } from "./chat_pairs.ts";
import type { Pairing } from "./pairs.ts";
import { responsesPairs } from "./responses_pairs.ts";

/** The dialects whose pairs are mended here. */
export const PAIRED_DIALECTS: readonly Dialect[] = ["chat", "anthropic", "responses"];

/**
 * The body with its conversation mended in one of the ways of a {@link Pairing}; the same body if
 * the workspace holds a part of the conversation, since the missing half may be there.
 */
export function mendPairs(body: JsonObject, dialect: Dialect, how: keyof Pairing): JsonObject {
  const key = dialect === "responses" ? "input" : "messages";
  const turns = get(body, key);
  if (!isArray(turns)) return body;
  const mended = pairingOf(dialect)[how](turns);
  if (mended === turns || (dialect === "responses" && isHeldElsewhere(body, turns))) return body;
  return withEntry(body, key, mended);
}

function pairingOf(dialect: Dialect): Pairing {
  if (dialect === "anthropic") return anthropicPairs;
  return dialect === "responses" ? responsesPairs : chatPairs;
}

function isHeldElsewhere(body: JsonObject, items: readonly Json[]): boolean {
  const isSet = (key: string): boolean => (get(body, key) ?? null) !== null;
  return isSet("previous_response_id") || isSet("conversation") ||
    items.some((item) => isObject(item) && get(item, "type") === "item_reference");
}

/**
 * Where each dialect has its conversation, and how it pairs calls with results.
 *
 * @module
 */

import type { Dialect } from "../../../workspace/endpoints.ts";
import { get, isArray, isObject, type Json, type JsonObject, withEntry } from "../json.ts";
import { anthropicPairs } from "./anthropic_pairs.ts";
import { chatPairs } from "./chat_pairs.ts";
import { geminiPairs } from "./gemini_pairs.ts";
import type { Pairing } from "./pairs.ts";
import { responsesPairs } from "./responses_pairs.ts";

/** The dialects whose pairs are mended here. */
export const PAIRED_DIALECTS: readonly Dialect[] = ["chat", "anthropic", "responses", "gemini"];

/**
 * The body with its conversation mended in one of the ways of a {@link Pairing}; the same body if
 * the workspace holds a part of the conversation, since the missing half may be there.
 */
export function mendPairs(body: JsonObject, dialect: Dialect, how: keyof Pairing): JsonObject {
  const key = TURNS[dialect];
  const turns = get(body, key);
  if (!isArray(turns)) return body;
  const mended = PAIRINGS[dialect][how](turns);
  if (mended === turns || isHeldElsewhere(body, { dialect, turns })) return body;
  return withEntry(body, key, mended);
}

/** Where a conversation stands. */
const TURNS: Readonly<Record<Dialect, string>> = {
  chat: "messages",
  anthropic: "messages",
  responses: "input",
  gemini: "contents",
};

const PAIRINGS: Readonly<Record<Dialect, Pairing>> = {
  chat: chatPairs,
  anthropic: anthropicPairs,
  responses: responsesPairs,
  gemini: geminiPairs,
};

function isHeldElsewhere(
  body: JsonObject,
  { dialect, turns }: { readonly dialect: Dialect; readonly turns: readonly Json[] },
): boolean {
  const isSet = (key: string): boolean => (get(body, key) ?? null) !== null;
  if (dialect === "gemini") return isSet("cachedContent") || isSet("cached_content");
  return dialect === "responses" &&
    (isSet("previous_response_id") || isSet("conversation") ||
      turns.some((item) => isObject(item) && get(item, "type") === "item_reference"));
}

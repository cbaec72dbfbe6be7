import {
  get,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  mapEntryItems,
  mapItems,
  withEntry,
  without,
} from "../json.ts";
import { isBlank, isBlankText, mapMessages } from "../messages.ts";
import type { RequestRepair } from "../repair.ts";
import { surveyMessages } from "../surveys/messages_survey.ts";

/** `messages: text content blocks must be non-empty`. */
export const blankText: RequestRepair = {
  name: "blank-text",
  summary: "Claude refuses text without anything in it, so such blocks and messages are left out.",
  evidence: "https://github.com/tidyverse/ellmer/issues/932",
  dialects: ["chat", "anthropic"],
  serves: ({ dialect, family }) =>
    dialect === "anthropic" || family === "claude" || family === "unknown",
  mend(body) {
    const { hasBlankText } = surveyMessages(body);
    const mended = hasBlankText ? mapMessages(body, withoutBlanks) : body;
    const system = get(mended, "system");
    if (!isArray(system)) return mended;
    const said = mapItems(system, dropBlank);
    const isSilent = said !== system && said.length === 0;
    return isSilent ? without(mended, ["system"]) : withEntry(mended, "system", said);
  },
};

function withoutBlanks(message: JsonObject): JsonObject | undefined {
  const role = get(message, "role");
  const content = get(message, "content");
  // What an assistant said stays for another repair, and a result may be empty.
  const mayBeEmpty = role === "assistant" || role === "tool" || role === "function";
  if (typeof content === "string") return mayBeEmpty || !isBlank(content) ? message : undefined;
  if (!isArray(content)) return message;
  const said = mapItems(content, dropBlank);
  if (said.length > 0 || role === "assistant") return withEntry(message, "content", said);
  return mayBeEmpty ? withEntry(message, "content", "") : undefined;
}

function dropBlank(part: Json): Json | undefined {
  if (isBlankText(part)) return undefined;
  return isObject(part) && get(part, "type") === "tool_result"
    ? mapEntryItems(part, "content", (inner) => isBlankText(inner) ? undefined : inner)
    : part;
}

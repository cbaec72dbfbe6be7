/**
 * Content that is a list of parts where OpenAI's clients expect a text.
 *
 * @module
 */

import { get, isArray, isObject, type Json, type JsonObject } from "../json.ts";
import type { AnswerRepair } from "../repair.ts";
import { mapSaid, someChoice } from "./choices.ts";
import { statelessMachine } from "./stateless.ts";

/**
 * The repair. What a model thought goes into `reasoning_content`, which clients show or pass over:
 * https://github.com/BerriAI/litellm/issues/9700.
 */
export const listContent: AnswerRepair = {
  name: "list-content",
  summary: "Content that is a list of parts becomes one text, its reasoning `reasoning_content`",
  evidence: "https://github.com/block/goose/issues/7997",
  dialects: ["chat"],
  serves: () => true,
  begin: () =>
    statelessMachine({
      whole: (body) => mapSaid(body, "message", mend),
      event: (event) =>
        someChoice(event, "delta", hasParts) ? mapSaid(event, "delta", mend) : event,
    }),
};

function hasParts({ content }: JsonObject): boolean {
  return isArray(content);
}

function mend(said: JsonObject): JsonObject {
  const parts = get(said, "content");
  if (!isArray(parts)) return said;
  const content = parts.map(textOf).join("");
  const reasoning = parts.map(reasoningOf).join("");
  const isKept = reasoning !== "" && typeof get(said, "reasoning_content") !== "string";
  return { ...said, content, ...isKept ? { reasoning_content: reasoning } : {} };
}

function textOf(part: Json): string {
  if (typeof part === "string") return part;
  if (!isObject(part) || get(part, "type") !== "text") return "";
  return asText(get(part, "text"));
}

function reasoningOf(part: Json): string {
  if (!isObject(part)) return "";
  if (get(part, "type") === "thinking") return asText(get(part, "thinking"));
  if (get(part, "type") !== "reasoning") return "";
  const summary = get(part, "summary");
  if (!isArray(summary)) return asText(get(part, "text"));
  return summary.map((item) => isObject(item) ? asText(get(item, "text")) : "").join("");
}

function asText(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

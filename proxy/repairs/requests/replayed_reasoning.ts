import { get, isArray, isObject, type Json, type JsonObject, withEntry, without } from "../json.ts";
import { isBlankContent, mapMessages } from "../messages.ts";
import type { RequestRepair } from "../repair.ts";
import { surveyMessages } from "../surveys/messages_survey.ts";

const KEYS = ["thinking_blocks", "reasoning_content"] as const;

const PARTS = ["type", "thinking", "signature", "data"] as const;

/** `messages.1.reasoning_content: Extra inputs are not permitted`. */
export const replayedReasoning: RequestRepair = {
  name: "replayed-reasoning",
  summary: "Reasoning goes back to Claude as the part that Databricks sent, or not at all.",
  evidence: "https://github.com/BerriAI/litellm/issues/36931",
  dialects: ["chat"],
  serves: ({ family }) => family === "claude",
  mend(body) {
    if (!surveyMessages(body).hasReasoning) return body;
    return mapMessages(body, (message) => {
      if (!KEYS.some((key) => Object.hasOwn(message, key))) return message;
      const rest = without(message, KEYS);
      const summary = summaryOf(get(message, "thinking_blocks"));
      return summary.length === 0 ? rest : withReasoning(rest, { type: "reasoning", summary });
    });
  },
};

/** Only what is signed can be checked by its maker, so nothing else is of use to it. */
function summaryOf(blocks: Json | undefined): readonly Json[] {
  if (!isArray(blocks)) return [];
  return blocks.flatMap((block): readonly Json[] => {
    if (!isObject(block)) return [];
    const [type, thinking, signature, data] = PARTS.map((key) => get(block, key));
    if (type === "thinking" && typeof thinking === "string" && typeof signature === "string") {
      return [{ type: "summary_text", text: thinking, signature }];
    }
    const isRedacted = type === "redacted_thinking" && typeof data === "string";
    return isRedacted ? [{ type: "summary_encrypted_text", data }] : [];
  });
}

function withReasoning(message: JsonObject, reasoning: Json): JsonObject {
  const content = get(message, "content");
  if (isArray(content)) {
    const isThere = content.some((part) => isObject(part) && get(part, "type") === "reasoning");
    return isThere ? message : withEntry(message, "content", [reasoning, ...content]);
  }
  const said = isBlankContent(content) ? [] : [{ type: "text", text: content ?? "" }];
  return withEntry(message, "content", [reasoning, ...said]);
}

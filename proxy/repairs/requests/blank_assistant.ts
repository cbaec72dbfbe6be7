import { get, isArray, type Json, type JsonObject, withEntry } from "../json.ts";
import { hasCalls, isBlankContent, mapMessages, roleOf } from "../messages.ts";
import type { RequestRepair } from "../repair.ts";
import { surveyMessages } from "../surveys/messages_survey.ts";

/**
 * An assistant that said nothing: beside calls Databricks' own bridge sends one space, and between
 * two turns of the user there must be something.
 */
export const blankAssistant: RequestRepair = {
  name: "blank-assistant",
  summary: "An assistant's turn without anything is left out, or a dot between two of the user's.",
  evidence: "https://github.com/databricks/databricks-ai-bridge/pull/333",
  dialects: ["chat", "anthropic"],
  serves: ({ dialect, family }) =>
    dialect === "anthropic" || family === "claude" || family === "unknown",
  mend(body) {
    const messages = get(body, "messages");
    if (!isArray(messages) || !surveyMessages(body).hasSilence) return body;
    // Whoever spoke last among those that stay.
    let last: Json | undefined = undefined;
    return mapMessages(body, (message, index) => {
      const isAssistant = get(message, "role") === "assistant";
      const mended = isAssistant && isBlankContent(get(message, "content"))
        ? spoken(message, isUsers(last) && isUsers(messages[index + 1]))
        : message;
      if (mended !== undefined) last = mended;
      return mended;
    });
  },
};

/** Whether it is a turn of the user's side. */
function isUsers(message: Json | undefined): boolean {
  const role = roleOf(message);
  return role === "user" || role === "tool" || role === "function";
}

function spoken(message: JsonObject, isBetween: boolean): JsonObject | undefined {
  if (!hasCalls(message)) return isBetween ? withEntry(message, "content", ".") : undefined;
  return (get(message, "content") ?? null) === null ? message : withEntry(message, "content", " ");
}

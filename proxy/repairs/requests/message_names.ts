import { get, without } from "../json.ts";
import { mapMessages } from "../messages.ts";
import type { RequestRepair } from "../repair.ts";
import { surveyMessages } from "../surveys/messages_survey.ts";

const NAMELESS: ReadonlySet<unknown> = new Set(["system", "developer", "assistant"]);

/** A `name` of who speaks is not supported; users may have one, which tells them apart. */
export const messageNames: RequestRepair = {
  name: "message-names",
  summary: "Messages of the system and of the assistant carry no name.",
  evidence:
    "https://github.com/BerriAI/litellm/blob/main/litellm/llms/databricks/chat/transformation.py",
  dialects: ["chat"],
  serves: () => true,
  mend(body) {
    if (!surveyMessages(body).hasNames) return body;
    return mapMessages(
      body,
      (message) => NAMELESS.has(get(message, "role")) ? without(message, ["name"]) : message,
    );
  },
};

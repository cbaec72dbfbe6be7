import { get, withEntry, without } from "../json.ts";
import type { RequestRepair } from "../repair.ts";

/** OpenAI's newer name of the limit; everybody else knows the older one alone. */
export const maxCompletionTokens: RequestRepair = {
  name: "max-completion-tokens",
  summary: "Only GPT knows max_completion_tokens; for others it is max_tokens.",
  evidence:
    "https://github.com/BerriAI/litellm/blob/main/litellm/llms/databricks/chat/transformation.py",
  dialects: ["chat"],
  serves: ({ family }) => family !== "gpt",
  mend(body) {
    const limit = get(body, "max_completion_tokens");
    if (limit === undefined) return body;
    const rest = without(body, ["max_completion_tokens"]);
    const isAsked = typeof get(body, "max_tokens") === "number";
    return isAsked || limit === null ? rest : withEntry(rest, "max_tokens", limit);
  },
};

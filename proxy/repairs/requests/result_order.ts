import { mendPairs } from "../pairs/pairing.ts";
import type { RequestRepair } from "../repair.ts";

/** `messages with role 'tool' must be a response to a preceeding message with 'tool_calls'`. */
export const resultOrder: RequestRepair = {
  name: "result-order",
  summary: "Results come right behind their calls, before anything else that the user says.",
  evidence: "https://github.com/BerriAI/litellm/pull/31633",
  dialects: ["chat", "anthropic", "gemini"],
  serves: () => true,
  mend: (body, { dialect }) => mendPairs(body, dialect, "orderResults"),
};

import { get, isArray, without } from "../json.ts";
import type { RequestRepair } from "../repair.ts";

/** GPT's chat route takes an effort or tools, not both; without tools it keeps what was asked. */
export const reasoningEffort: RequestRepair = {
  name: "reasoning-effort",
  summary: "GPT takes no reasoning_effort beside tools on the chat route.",
  evidence: "https://github.com/datasciencemonkey/coding-agents-databricks-apps",
  dialects: ["chat"],
  serves: ({ family }) => family === "gpt",
  mend(body) {
    const tools = get(body, "tools");
    return isArray(tools) && tools.length > 0 ? without(body, ["reasoning_effort"]) : body;
  },
};

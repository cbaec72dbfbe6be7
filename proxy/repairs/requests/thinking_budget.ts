import { thinksAdaptively } from "../claude_models.ts";
import { get, isObject, withEntry } from "../json.ts";
import type { RequestRepair } from "../repair.ts";

const MIN_BUDGET = 1024;

/** `` `max_tokens` must be greater than `thinking.budget_tokens` ``; the least budget is 1024. */
export const thinkingBudget: RequestRepair = {
  name: "thinking-budget",
  summary: "A budget for thinking is 1024 at least and leaves room for the answer in max_tokens.",
  evidence: "https://docs.claude.com/en/docs/build-with-claude/extended-thinking",
  dialects: ["anthropic", "chat"],
  serves: ({ family, model }) => family === "claude" && !thinksAdaptively(model),
  mend(body) {
    const thinking = get(body, "thinking");
    if (!isObject(thinking) || get(thinking, "type") !== "enabled") return body;
    const asked = get(thinking, "budget_tokens");
    if (typeof asked !== "number") return body;
    const budget = Math.max(asked, MIN_BUDGET);
    const mended = withEntry(body, "thinking", withEntry(thinking, "budget_tokens", budget));
    const limit = get(body, "max_tokens");
    // The answer keeps the room that it was given.
    const isTight = typeof limit === "number" && limit <= budget;
    return isTight ? withEntry(mended, "max_tokens", budget + Math.max(limit, 1)) : mended;
  },
};

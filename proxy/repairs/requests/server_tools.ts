import {
  get,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  mapEntryItems,
  without,
} from "../json.ts";
import type { RequestRepair } from "../repair.ts";
import { surveyTools } from "../surveys/tools_survey.ts";

const RUN_BY_ANTHROPIC = /^(web_search|web_fetch|code_execution)_\d+$/;

/** `Input tag 'web_search_20250305' … does not match any of the expected tags`. */
export const serverTools: RequestRepair = {
  name: "server-tools",
  summary: "Tools that run at Anthropic do not exist on Databricks; the agent's own ones stay.",
  evidence: "https://github.com/IceRhymers/databricks-claude",
  dialects: ["anthropic"],
  serves: () => true,
  mend(body) {
    if (!surveyTools(body).hasTypes) return body;
    const dropped: Json[] = [];
    const mended = mapEntryItems(body, "tools", (tool) => {
      if (!isRunByAnthropic(tool)) return tool;
      dropped.push(get(tool, "name") ?? null);
      return undefined;
    });
    if (mended === body) return body;
    const tools = get(mended, "tools");
    if (isArray(tools) && tools.length === 0) return without(mended, ["tools", "tool_choice"]);
    const choice = get(mended, "tool_choice");
    const chosen = isObject(choice) ? get(choice, "name") : undefined;
    const isGone = typeof chosen === "string" && dropped.includes(chosen);
    return isGone ? without(mended, ["tool_choice"]) : mended;
  },
};

function isRunByAnthropic(tool: Json): tool is JsonObject {
  const type = isObject(tool) ? get(tool, "type") : undefined;
  return typeof type === "string" && type.length < 40 && RUN_BY_ANTHROPIC.test(type);
}

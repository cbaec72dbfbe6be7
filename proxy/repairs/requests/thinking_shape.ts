import { claudeModel, thinksAdaptively } from "../claude_models.ts";
import { get, isObject, type JsonObject, withEntry, without } from "../json.ts";
import type { RequestRepair } from "../repair.ts";

/** Up to which budget of tokens each effort stands for it. */
const EFFORTS: readonly (readonly [budget: number, effort: string])[] = [
  [4_096, "low"],
  [16_000, "medium"],
  [32_000, "high"],
  [Infinity, "max"],
];

/** `"thinking.type.enabled" is not supported for this model`. */
export const thinkingShape: RequestRepair = {
  name: "thinking-shape",
  summary: "Newer Claude takes adaptive thinking with an effort, not a budget of tokens.",
  evidence: "https://docs.databricks.com/aws/en/machine-learning/model-serving/query-reason-models",
  dialects: ["anthropic", "chat"],
  serves: ({ model }) => thinksAdaptively(model),
  mend(body, { dialect, model }) {
    const thinking = get(body, "thinking");
    if (!isObject(thinking)) return body;
    const effort = effortOf(thinking, model);
    if (effort === null) return body;
    const adaptive = without({ ...thinking, type: "adaptive" }, ["budget_tokens"]);
    const mended = withEntry(body, "thinking", adaptive);
    return dialect === "anthropic" ? withEffort(mended, effort) : mended;
  },
};

/** What the thinking that was asked for comes to; `null` if this model takes it as it is. */
function effortOf(thinking: JsonObject, model: string): string | null {
  const type = get(thinking, "type");
  if (type === "disabled") return cannotStop(model) ? "low" : null;
  if (type !== "enabled") return null;
  const budget = get(thinking, "budget_tokens");
  if (typeof budget !== "number") return "high";
  return EFFORTS.find(([limit]) => budget <= limit)?.[1] ?? "max";
}

/** Whether this model cannot be told not to think. */
function cannotStop(model: string): boolean {
  const claude = claudeModel(model);
  return claude?.line === "opus" && claude.version >= 505;
}

function withEffort(body: JsonObject, effort: string): JsonObject {
  const config = get(body, "output_config");
  if (config === undefined || config === null) return withEntry(body, "output_config", { effort });
  if (!isObject(config) || typeof get(config, "effort") === "string") return body;
  return withEntry(body, "output_config", withEntry(config, "effort", effort));
}

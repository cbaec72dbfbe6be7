import { mapFunctions, mapTools } from "../drop_keys.ts";
import { type JsonObject, without } from "../json.ts";
import type { RequestRepair } from "../repair.ts";
import { surveyTools } from "../surveys/tools_survey.ts";

const STRICT = ["strict"] as const;

function withoutStrict(object: JsonObject): JsonObject {
  return without(object, STRICT);
}

/**
 * `tools.0.custom.strict: Extra inputs are not permitted`, or a grammar that grows beyond what is
 * allowed. Databricks' own bridge leaves it to GPT as well.
 */
export const strictTools: RequestRepair = {
  name: "strict-tools",
  summary: "Only GPT takes tools with strict; others refuse it or build too large a grammar.",
  evidence: "https://github.com/tidyverse/ellmer/pull/1108",
  dialects: ["chat", "anthropic"],
  serves: ({ dialect, family }) => dialect === "anthropic" || family !== "gpt",
  mend(body, { dialect }) {
    if (!surveyTools(body).hasStrict) return body;
    return (dialect === "anthropic" ? mapTools : mapFunctions)(body, withoutStrict);
  },
};

import { get, isObject, type Json, mapEntryItems, without } from "../json.ts";
import type { RequestRepair } from "../repair.ts";
import { surveyItems } from "../surveys/items_survey.ts";

/** Items that are complete when they are sent; others are told by their status. */
const COMPLETE: ReadonlySet<Json | undefined> = new Set([
  "message",
  "function_call",
  "function_call_output",
  "reasoning",
]);

/** Databricks' own bridge leaves it out: it is for those who read items, not who send them. */
export const itemStatus: RequestRepair = {
  name: "item-status",
  summary: "Replayed items carry no status, which only answers have.",
  evidence: "https://github.com/databricks/databricks-ai-bridge",
  dialects: ["responses"],
  serves: () => true,
  mend(body) {
    if (!surveyItems(body).hasStatus) return body;
    return mapEntryItems(
      body,
      "input",
      (item) =>
        isObject(item) && COMPLETE.has(get(item, "type")) ? without(item, ["status"]) : item,
    );
  },
};

import { mendPairs, PAIRED_DIALECTS } from "../pairs/pairing.ts";
import type { RequestRepair } from "../repair.ts";

/** `` `tool_use` ids were found without `tool_result` blocks immediately after ``. */
export const unansweredCalls: RequestRepair = {
  name: "unanswered-calls",
  summary: "A call without a result, as an interruption leaves it, gets one that says so.",
  evidence: "https://github.com/block/goose/issues/6336",
  dialects: PAIRED_DIALECTS,
  serves: () => true,
  mend: (body, { dialect }) => mendPairs(body, dialect, "answerCalls"),
};

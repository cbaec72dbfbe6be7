import { mendPairs, PAIRED_DIALECTS } from "../pairs/pairing.ts";
import type { RequestRepair } from "../repair.ts";

/** ``unexpected `tool_use_id` found in `tool_result` blocks``, and the like elsewhere. */
export const orphanResults: RequestRepair = {
  name: "orphan-results",
  summary: "A result that answers no call of the turn before is left out.",
  evidence: "https://github.com/block/goose/issues/3981",
  dialects: PAIRED_DIALECTS,
  serves: () => true,
  mend: (body, { dialect }) => mendPairs(body, dialect, "dropOrphans"),
};

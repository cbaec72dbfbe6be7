import { dropKeys } from "../drop_keys.ts";
import type { RequestRepair } from "../repair.ts";

/** A `strict` of the whole request, which some SDKs add, is no parameter anywhere. */
export const strictOption: RequestRepair = dropKeys(["strict"], {
  name: "strict-option",
  summary: "A request as a whole has no strict; only its tools and formats do.",
  evidence: "https://github.com/databricks/databricks-ai-bridge",
  dialects: ["chat", "anthropic", "responses"],
  serves: () => true,
});

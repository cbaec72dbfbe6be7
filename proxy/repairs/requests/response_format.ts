import { claudeModel } from "../claude_models.ts";
import { dropKeys } from "../drop_keys.ts";
import type { RequestRepair } from "../repair.ts";

/** Claude's newest refuse it, and the others have it emulated by a tool call, which cannot stream. */
export const responseFormat: RequestRepair = dropKeys(["response_format"], {
  name: "response-format",
  summary: "Claude takes no response_format in streams, and since 5.5 (Fable 5.1) not at all.",
  evidence: "https://docs.databricks.com/aws/en/machine-learning/model-serving/structured-outputs",
  dialects: ["chat"],
  serves({ model, family, isStream }) {
    if (family !== "claude") return false;
    const claude = claudeModel(model);
    return isStream || (claude?.version ?? 0) >= (claude?.line === "fable" ? 501 : 505);
  },
});

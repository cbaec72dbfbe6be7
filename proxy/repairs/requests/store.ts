import { dropKeys } from "../drop_keys.ts";
import type { RequestRepair } from "../repair.ts";

/** `store` is rejected on the MLflow route. */
export const store: RequestRepair = dropKeys(["store"], {
  name: "store",
  summary: "The gateway's chat route knows no store.",
  evidence: "https://github.com/databricks/unity-gateway",
  dialects: ["chat"],
  serves: ({ mode }) => mode !== "serving-endpoints",
});

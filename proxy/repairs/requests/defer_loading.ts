import { dropToolOptions } from "../drop_keys.ts";
import type { RequestRepair } from "../repair.ts";

/** `tools.0.custom.defer_loading: Extra inputs are not permitted`. */
export const deferLoading: RequestRepair = dropToolOptions(["defer_loading"], {
  name: "defer-loading",
  summary: "The classic endpoints load every tool at once and refuse defer_loading.",
  evidence: "https://github.com/anthropics/claude-code/issues/82549",
  dialects: ["anthropic"],
  // Databricks' own installer switches tool search on for its gateway, so it is taken there.
  serves: ({ mode }) => mode === "serving-endpoints",
});

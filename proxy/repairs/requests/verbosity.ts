import { dropKeys } from "../drop_keys.ts";
import type { RequestRepair } from "../repair.ts";

/** `verbosity` is OpenAI's own. */
export const verbosity: RequestRepair = dropKeys(["verbosity"], {
  name: "verbosity",
  summary: "Only GPT knows verbosity.",
  evidence: "https://github.com/databrickslabs/coding-agents-databricks-apps/pull/67",
  dialects: ["chat"],
  serves: ({ family }) => family === "claude" || family === "gemini" || family === "open",
});

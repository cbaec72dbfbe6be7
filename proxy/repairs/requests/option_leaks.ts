import { dropKeys } from "../drop_keys.ts";
import type { RequestRepair } from "../repair.ts";

// Options of the AI SDK's providers in their own spelling, and the marker of a config file: what
// an agent's config holds is sent as it stands there.
const LEAKS = [
  "reasoningSummary",
  "reasoningEffort",
  "textVerbosity",
  "promptCacheKey",
  "parallelToolCalls",
  "serviceTier",
  "strictJsonSchema",
  "providerOptions",
  "$schema",
];

/** `Unknown parameter: 'reasoningSummary'`. */
export const optionLeaks: RequestRepair = dropKeys(LEAKS, {
  name: "option-leaks",
  summary: "Options of the agent's own config leak into the request, where no endpoint knows them.",
  evidence: "https://github.com/databricks/unity-gateway/issues/85",
  dialects: ["chat", "responses", "anthropic"],
  serves: () => true,
});

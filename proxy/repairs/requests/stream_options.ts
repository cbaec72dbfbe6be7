import { dropKeys } from "../drop_keys.ts";
import type { RequestRepair } from "../repair.ts";

/** `json: unknown field "stream_options"`: usage comes without it there. */
export const streamOptions: RequestRepair = dropKeys(["stream_options"], {
  name: "stream-options",
  summary: "Open-weight models and Gemini know no stream_options; usage comes without it.",
  evidence: "https://github.com/continuedev/continue/issues/12936",
  dialects: ["chat"],
  // Claude and GPT take it, and without it they do not tell what an answer cost.
  serves: ({ family }) => family === "open" || family === "gemini",
});

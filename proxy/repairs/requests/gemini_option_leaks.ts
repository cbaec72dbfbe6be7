import { get, isObject, type JsonObject, withEntry, without } from "../json.ts";
import type { RequestRepair } from "../repair.ts";

/** OpenAI's options, which clients of several dialects leave in Gemini's bodies. */
const LEAKS = ["stream_options", "streamOptions", "$schema"] as const;

/** `Unknown name "stream_options" at 'generation_config': Cannot find field.` */
export const geminiOptionLeaks: RequestRepair = {
  name: "gemini-option-leaks",
  summary: "Gemini's own route knows no stream_options; usage comes without it.",
  evidence: "https://github.com/databricks/unity-gateway/issues/491",
  dialects: ["gemini"],
  serves: () => true,
  mend: (body) =>
    ["generationConfig", "generation_config"].reduce<JsonObject>((next, key) => {
      const config = get(next, key);
      return isObject(config) ? withEntry(next, key, without(config, LEAKS)) : next;
    }, without(body, LEAKS)),
};

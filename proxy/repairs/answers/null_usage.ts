/**
 * Token counts that are `null` in interim chunks.
 *
 * @module
 */

import { get, isObject, type Json, type JsonObject } from "../json.ts";
import type { AnswerRepair } from "../repair.ts";
import { statelessMachine } from "./stateless.ts";

/** The repair. */
export const nullUsage: AnswerRepair = {
  name: "null-usage",
  summary: "Token counts that are null become numbers, or no usage where none is known yet",
  evidence: "https://github.com/databricks/databricks-ai-bridge/pull/291",
  dialects: ["chat"],
  serves: () => true,
  begin: () => statelessMachine({ whole: mend, event: mend }),
};

function mend(answer: JsonObject): JsonObject {
  const { usage } = answer;
  if (!isObject(usage) || !hasNullCount(usage)) return answer;
  const known = Object.entries(usage).filter(([key, value]) => !isNullCount(key, value));
  // As OpenAI's own interim chunks say it.
  if (!known.some(([, value]) => typeof value === "number")) return { ...answer, usage: null };
  return { ...answer, usage: { ...ZEROS, ...Object.fromEntries(known), ...totalOf(usage) } };
}

function hasNullCount(usage: JsonObject): boolean {
  for (const key in usage) {
    if (isNullCount(key, usage[key])) return true;
  }
  return false;
}

function isNullCount(key: string, value: Json | undefined): boolean {
  return value === null && key.endsWith("_tokens");
}

const ZEROS = { "prompt_tokens": 0, "completion_tokens": 0 };

function totalOf(usage: JsonObject): JsonObject {
  const total = get(usage, "total_tokens");
  if (typeof total === "number") return {};
  const [prompt, completion] = [get(usage, "prompt_tokens"), get(usage, "completion_tokens")];
  return { "total_tokens": (Number(prompt) || 0) + (Number(completion) || 0) };
}

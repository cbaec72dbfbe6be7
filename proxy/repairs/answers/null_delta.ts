/**
 * `null` where OpenAI's clients expect an object or nothing.
 *
 * @module
 */

import { get, isArray, isObject, type JsonObject, mapEntryItems } from "../json.ts";
import { withEntry, without } from "../json.ts";
import type { AnswerRepair } from "../repair.ts";
import { mapChoices, someChoice } from "./choices.ts";
import { statelessMachine } from "./stateless.ts";

/** The repair. */
export const nullDelta: AnswerRepair = {
  name: "null-delta",
  summary: "A delta, its role or its tool calls that are null are left out: clients crash on them",
  evidence: "https://github.com/databricks/databricks-ai-bridge/pull/291",
  dialects: ["chat"],
  serves: () => true,
  begin: () => statelessMachine({ whole, event }),
};

function whole(body: JsonObject): JsonObject {
  return mend(body, "message");
}

function event(chunk: JsonObject): JsonObject {
  if (isArray(chunk.choices) && !someChoice(chunk, "delta", hasNull)) return chunk;
  return mend(get(chunk, "choices") === null ? { ...chunk, choices: [] } : chunk, "delta");
}

function hasNull(said: JsonObject, { delta }: JsonObject): boolean {
  return delta === null || said.role === null || said.tool_calls !== undefined;
}

function mend(answer: JsonObject, key: "delta" | "message"): JsonObject {
  return mapChoices(answer, (choice) => {
    const said = get(choice, key);
    if (said === null && key === "delta") return { ...choice, delta: {} };
    return isObject(said) ? withEntry(choice, key, mendSaid(said)) : choice;
  });
}

function mendSaid(said: JsonObject): JsonObject {
  const nulls = NULLABLE.filter((key) => get(said, key) === null);
  const mended = nulls.length === 0 ? said : without(said, nulls);
  if (!isArray(get(mended, "tool_calls"))) return mended;
  return mapEntryItems(mended, "tool_calls", (call) => {
    if (call === null) return undefined;
    if (!isObject(call) || get(call, "function") !== null) return call;
    return { ...call, function: {} };
  });
}

const NULLABLE = ["tool_calls", "role"] as const;

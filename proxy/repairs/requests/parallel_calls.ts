import { get, isArray, isObject, type Json, type JsonObject, withEntry } from "../json.ts";
import { roleOf } from "../messages.ts";
import { callIdsOf, endOfResults } from "../pairs/chat_pairs.ts";
import type { RequestRepair } from "../repair.ts";

/** `Multiple tool calls are not supported.`, even of those that were made before. */
export const parallelCalls: RequestRepair = {
  name: "parallel-calls",
  summary: "Open-weight models take one call a turn, so turns with several are told one by one.",
  evidence: "https://github.com/BerriAI/litellm/pull/31633",
  dialects: ["chat"],
  serves: ({ family }) => family === "open",
  mend(body) {
    const messages = get(body, "messages");
    if (!isArray(messages) || !messages.some(isParallel)) return body;
    const told: Json[] = [];
    for (let index = 0; index < messages.length;) {
      const message = messages[index] ?? null;
      const end = isParallel(message) ? endOfResults(messages, index) : index + 1;
      told.push(...oneByOne(messages.slice(index, end)));
      index = end;
    }
    return told.length === messages.length ? body : withEntry(body, "messages", told);
  },
};

function callsOf(message: Json): readonly Json[] {
  const calls = isObject(message) ? get(message, "tool_calls") : undefined;
  return roleOf(message) === "assistant" && isArray(calls) ? calls : [];
}

function isParallel(message: Json): boolean {
  return callsOf(message).length > 1;
}

/** An assistant and its results, told as one turn for each call; as they were if a half is missing. */
function oneByOne(turn: readonly Json[]): readonly Json[] {
  const [caller, ...results] = turn;
  if (!isObject(caller) || !isParallel(caller)) return turn;
  const ids = callIdsOf(caller);
  const byId = new Map(results.map((result): [Json | undefined, Json] => [
    isObject(result) ? get(result, "tool_call_id") : undefined,
    result,
  ]));
  const isWhole = ids.length === callsOf(caller).length && byId.size === results.length &&
    ids.length === results.length && ids.every((id) => byId.has(id));
  if (!isWhole) return turn;
  return callsOf(caller).flatMap((call, index) => [
    index === 0 ? withEntry(caller, "tool_calls", [call]) : callerOf(call),
    byId.get(ids[index]) ?? null,
  ]);
}

function callerOf(call: Json): JsonObject {
  return { role: "assistant", content: null, "tool_calls": [call] };
}

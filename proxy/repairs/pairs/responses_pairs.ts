/**
 * Calls and results in OpenAI Responses: items that share a `call_id`, the result somewhere behind
 * its call.
 *
 * @module
 */

import { get, isObject, type Json } from "../json.ts";
import { idOf, NO_RESULT, type Pairing, remembering, type Turns } from "./pairs.ts";

/** The type of the result of each type of call. */
const RESULT_TYPES: ReadonlyMap<Json | undefined, string> = new Map([
  ["function_call", "function_call_output"],
  ["custom_tool_call", "custom_tool_call_output"],
]);
const RESULTS: ReadonlySet<Json | undefined> = new Set(RESULT_TYPES.values());

interface Faults {
  /** Results without a call. */
  readonly orphans: ReadonlySet<number>;
  /** Places of calls without a result. */
  readonly unanswered: readonly number[];
}

const findFaults = remembering((items: Turns): Faults => {
  const orphans = new Set<number>();
  const waiting = new Map<string, number>();
  items.forEach((item, index) => {
    if (!isObject(item)) return;
    const type = get(item, "type");
    const id = idOf(get(item, "call_id"));
    if (id === null) return;
    if (RESULT_TYPES.has(type)) waiting.set(id, index);
    else if (RESULTS.has(type) && !waiting.delete(id)) orphans.add(index);
  });
  return { orphans, unanswered: [...waiting.values()] };
});

/** Pairs of OpenAI Responses. */
export const responsesPairs: Pairing = {
  dropOrphans(items) {
    const { orphans } = findFaults(items);
    return orphans.size === 0 ? items : items.filter((_, index) => !orphans.has(index));
  },

  // Anywhere behind its call is near enough.
  orderResults: (items) => items,

  answerCalls(items) {
    const { unanswered } = findFaults(items);
    if (unanswered.length === 0) return items;
    const answers = new Map<number, Json[]>();
    for (const place of unanswered) {
      const end = endOfCalls(items, place);
      const answer = noResult(items[place]);
      answers.set(end, [...answers.get(end) ?? [], answer]);
    }
    const answered = items.flatMap((item, index) => [...answers.get(index) ?? [], item]);
    return [...answered, ...answers.get(items.length) ?? []];
  },
};

/** The place behind the calls and results among which the call at `place` stands. */
function endOfCalls(items: Turns, place: number): number {
  let end = place + 1;
  for (; end < items.length; end++) {
    const item = items[end];
    const type = isObject(item) ? get(item, "type") : undefined;
    if (!RESULT_TYPES.has(type) && !RESULTS.has(type)) break;
  }
  return end;
}

function noResult(call: Json | undefined): Json {
  const of = isObject(call) ? call : {};
  const type = RESULT_TYPES.get(get(of, "type")) ?? "function_call_output";
  return { type, "call_id": get(of, "call_id") ?? "", output: NO_RESULT };
}

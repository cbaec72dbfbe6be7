/**
 * Calls and results in OpenAI Responses: items that share a `call_id`, the result somewhere behind
 * its call.
 *
 * @module
 */

import { get, isObject, type Json } from "../json.ts";
import { idOf, NO_RESULT, type Pairing, type Turns } from "./pairs.ts";
import { remembering } from "../surveys/remembering.ts";

function isCall(type: Json | undefined): boolean {
  return type === "function_call" || type === "custom_tool_call";
}

function isResult(type: Json | undefined): boolean {
  return type === "function_call_output" || type === "custom_tool_call_output";
}

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
    const { type } = item;
    if (!isCall(type) && !isResult(type)) return;
    const id = idOf(item.call_id);
    if (id === null) return;
    if (isCall(type)) waiting.set(id, index);
    else if (!waiting.delete(id)) orphans.add(index);
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
    if (!isCall(type) && !isResult(type)) break;
  }
  return end;
}

function noResult(call: Json | undefined): Json {
  const { type = null, call_id: id = null } = isObject(call) ? call : {};
  return { type: `${type}_output`, "call_id": id, output: NO_RESULT };
}

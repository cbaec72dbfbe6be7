/**
 * Calls and results in OpenAI Responses: items that share a `call_id`, the result somewhere behind
 * its call.
 *
 * @module
 */

import { isObject, type Json } from "../json.ts";
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
  const unanswered: number[] = [];
  items.forEach((item, index) => {
    if (!isObject(item)) return;
    const { type } = item;
    if (!isCall(type) && !isResult(type)) return;
    const id = idOf(item.call_id);
    if (id === null) return;
    if (isResult(type)) {
      if (!waiting.delete(id)) orphans.add(index);
      return;
    }
    // A call that takes another's id takes the results that are still to come.
    const before = waiting.get(id);
    if (before !== undefined) unanswered.push(before);
    waiting.set(id, index);
  });
  return { orphans, unanswered: [...unanswered, ...waiting.values()].sort((a, b) => a - b) };
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
  const id = idAt(items, place);
  let end = place + 1;
  for (; end < items.length; end++) {
    const item = items[end];
    const type = isObject(item) ? item.type : undefined;
    if (!isResult(type) && (!isCall(type) || idAt(items, end) === id)) break;
  }
  return end;
}

function idAt(items: Turns, place: number): Json | undefined {
  const item = items[place];
  return isObject(item) ? item.call_id : undefined;
}

function noResult(call: Json | undefined): Json {
  const { type = null, call_id: id = null } = isObject(call) ? call : {};
  return { type: `${type}_output`, "call_id": id, output: NO_RESULT };
}

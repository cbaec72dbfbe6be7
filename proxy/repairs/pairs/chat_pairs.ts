/**
 * Calls and results in OpenAI chat: the messages of role `tool` that answer an assistant's
 * `tool_calls` come right behind it.
 *
 * @module
 */

import { get, isArray, isObject, type Json } from "../json.ts";
import { roleOf } from "../messages.ts";
import { idOf, NO_RESULT, type Pairing, type Turns } from "./pairs.ts";
import { remembering } from "../surveys/remembering.ts";

/** What is wrong, by places in the list. */
interface Faults {
  /** Results without a call. */
  readonly orphans: ReadonlySet<number>;
  /** Assistants whose results stand behind something else. */
  readonly disordered: ReadonlySet<number>;
  /** Ids without a result, by the assistant that gave them. */
  readonly unanswered: ReadonlyMap<number, readonly string[]>;
}

/** The ids of the calls of a message. */
export function callIdsOf(message: Json): readonly string[] {
  const calls = isObject(message) ? get(message, "tool_calls") : undefined;
  if (!isArray(calls)) return [];
  const ids = calls.map((call) => isObject(call) ? idOf(get(call, "id")) : null);
  return ids.filter((id) => id !== null);
}

const NO_FAULTS: Faults = {
  orphans: new Set(),
  disordered: new Set(),
  unanswered: new Map(),
};

const findFaults = remembering((messages: Turns): Faults => {
  if (isInOrder(messages)) return NO_FAULTS;
  const orphans = new Set<number>();
  const disordered = new Set<number>();
  const unanswered = new Map<number, readonly string[]>();
  let caller = -1;
  let waiting = new Set<string>();
  let isInterrupted = false;
  const close = (): void => {
    if (waiting.size > 0) unanswered.set(caller, [...waiting]);
  };
  messages.forEach((message, index) => {
    const role = roleOf(message);
    if (role === "assistant") {
      close();
      caller = index;
      waiting = new Set(callIdsOf(message));
      isInterrupted = false;
    } else if (role === "tool" && isObject(message)) {
      const id = idOf(get(message, "tool_call_id"));
      if (id === null) return;
      if (!waiting.delete(id)) orphans.add(index);
      else if (isInterrupted) disordered.add(caller);
    } else {
      isInterrupted = true;
    }
  });
  close();
  return { orphans, disordered, unanswered };
});

/** Whether each call is answered right behind it and in turn, as it nearly always is. */
function isInOrder(messages: Turns): boolean {
  let index = 0;
  while (index < messages.length) {
    const message = messages[index++];
    if (!isObject(message)) continue;
    if (message.role === "tool") return false;
    const calls = message.role === "assistant" ? message.tool_calls : undefined;
    if (!isArray(calls)) continue;
    for (const call of calls) {
      const result = messages[index++];
      const isAnswer = isObject(call) && isObject(result) && result.role === "tool" &&
        call.id === result.tool_call_id;
      if (!isAnswer) return false;
    }
  }
  return true;
}

/** The place behind the results that stand right behind `caller`. */
export function endOfResults(messages: Turns, caller: number): number {
  let end = caller + 1;
  while (roleOf(messages[end]) === "tool") end++;
  return end;
}

/** Pairs of OpenAI chat. */
export const chatPairs: Pairing = {
  dropOrphans(messages) {
    const { orphans } = findFaults(messages);
    return orphans.size === 0 ? messages : messages.filter((_, index) => !orphans.has(index));
  },

  orderResults(messages) {
    const { disordered } = findFaults(messages);
    if (disordered.size === 0) return messages;
    const ordered: Json[] = [];
    let others: Json[] | null = null;
    messages.forEach((message, index) => {
      const role = roleOf(message);
      if (role === "assistant") {
        ordered.push(...others ?? [], message);
        others = disordered.has(index) ? [] : null;
      } else {
        (others !== null && role !== "tool" ? others : ordered).push(message);
      }
    });
    return [...ordered, ...others ?? []];
  },

  answerCalls(messages) {
    const { unanswered } = findFaults(messages);
    if (unanswered.size === 0) return messages;
    const answers = new Map<number, readonly Json[]>();
    for (const [caller, ids] of unanswered) {
      answers.set(endOfResults(messages, caller), ids.map(noResult));
    }
    const answered = messages.flatMap((message, index) => [...answers.get(index) ?? [], message]);
    return [...answered, ...answers.get(messages.length) ?? []];
  },
};

function noResult(id: string): Json {
  return { role: "tool", "tool_call_id": id, content: NO_RESULT };
}

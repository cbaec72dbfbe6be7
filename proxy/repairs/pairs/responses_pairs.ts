/**
 * Calls and results in OpenAI Responses: items that share a `call_id`, the result somewhere behind
 * its call.
 *
 * @module
 */

import { isObject, type Json } from "../json.ts";
import { idOf, NO_RESULT, type Pairing, type Turns } from "./pairs.ts";
import { remembering } from "../surveys/remembering.ts";

/** Results that are left out if they are orphans; of others it is not known what they answer. */
function isKnownResult(type: string): boolean {
  return type === "function_call_output" || type === "custom_tool_call_output";
}

/** Calls whose result can be made: it is text. */
function isKnownCall(type: string): boolean {
  return type === "function_call" || type === "custom_tool_call";
}

/** What an item is of a pair, by its type: Codex answers a `local_shell_call` like a function's. */
function halfOf(item: Json | undefined): "call" | "result" | null {
  const type = isObject(item) ? item.type : undefined;
  switch (type) {
    // Nearly all items are one of these, and told by that faster than by their ends.
    case "message":
      return null;
    case "function_call":
      return "call";
    case "function_call_output":
      return "result";
  }
  if (typeof type !== "string") return null;
  if (type.endsWith("_call")) return "call";
  return type.endsWith("_output") ? "result" : null;
}

interface Faults {
  /** Results without a call. */
  readonly orphans: ReadonlySet<number>;
  /** Places of calls without a result. */
  readonly unanswered: readonly number[];
}

const NO_FAULTS: Faults = { orphans: new Set(), unanswered: [] };

const findFaults = remembering((items: Turns): Faults => {
  if (isInOrder(items)) return NO_FAULTS;
  const orphans = new Set<number>();
  const waiting = new Map<string, number>();
  const unanswered: number[] = [];
  const close = (place: number | undefined): void => {
    if (place !== undefined && isKnownCall(typeAt(items, place))) unanswered.push(place);
  };
  items.forEach((item, index) => {
    const half = halfOf(item);
    const id = half === null ? null : idAt(items, index);
    if (id === null) return;
    if (half === "result") {
      if (!waiting.delete(id) && isKnownResult(typeAt(items, index))) orphans.add(index);
      return;
    }
    // A call that takes another's id takes the results that are still to come.
    close(waiting.get(id));
    waiting.set(id, index);
  });
  waiting.forEach(close);
  return { orphans, unanswered: unanswered.sort((a, b) => a - b) };
});

/** Whether each call is answered right behind it, as most are where none runs beside another. */
function isInOrder(items: Turns): boolean {
  for (let index = 0; index < items.length; index++) {
    const half = halfOf(items[index]);
    if (half === null) continue;
    const next = index + 1;
    const id = idAt(items, index);
    const isAnswered = half === "call" && id !== null && halfOf(items[next]) === "result" &&
      idAt(items, next) === id;
    if (!isAnswered) return false;
    index = next;
  }
  return true;
}

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
    const endOf = endsOfCalls(items);
    for (const place of unanswered) {
      const end = endOf(place);
      const others = answers.get(end);
      if (others === undefined) answers.set(end, [noResult(items, place)]);
      else others.push(noResult(items, place));
    }
    const answered = items.flatMap((item, index) => [...answers.get(index) ?? [], item]);
    return [...answered, ...answers.get(items.length) ?? []];
  },
};

/**
 * The places behind the calls and results among which a call stands, or before another call that
 * has its id. Found for all at once: a run may be as long as the list.
 */
function endsOfCalls(items: Turns): (place: number) => number {
  const ends: number[] = [];
  const next = new Map<string | null, number>();
  let end = items.length;
  for (let place = items.length - 1; place >= 0; place--) {
    const half = halfOf(items[place]);
    if (half === null) end = place;
    if (half !== "call") continue;
    const id = idAt(items, place);
    ends[place] = Math.min(end, next.get(id) ?? end);
    next.set(id, place);
  }
  return (place) => ends[place] ?? place + 1;
}

function idAt(items: Turns, place: number): string | null {
  const item = items[place];
  return isObject(item) ? idOf(item.call_id) : null;
}

function typeAt(items: Turns, place: number): string {
  const item = items[place];
  return isObject(item) && typeof item.type === "string" ? item.type : "";
}

function noResult(items: Turns, place: number): Json {
  const id = idAt(items, place);
  return { type: `${typeAt(items, place)}_output`, "call_id": id, output: NO_RESULT };
}

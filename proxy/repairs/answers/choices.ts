/**
 * The parts of an OpenAI chat answer, streamed or whole.
 *
 * @module
 */

import { get, isArray, isObject, type Json, type JsonObject, mapEntryItems } from "../json.ts";
import { withEntry } from "../json.ts";

// Runs on each event of each stream, so that what is no concern of a repair has to cost next to
// nothing: keys are read without a look at whose they are, since no object has such of itself.

/** Whether `is` of any choice, and of what it says. */
export function someChoice(
  answer: JsonObject,
  key: "delta" | "message",
  is: (said: JsonObject, choice: JsonObject) => boolean,
): boolean {
  const { choices } = answer;
  if (!isArray(choices)) return false;
  for (const choice of choices) {
    if (isObject(choice) && is(isObject(choice[key]) ? choice[key] : EMPTY, choice)) return true;
  }
  return false;
}

const EMPTY: JsonObject = {};

/** The answer with each choice mapped; the same object if none changed. */
export function mapChoices(
  answer: JsonObject,
  map: (choice: JsonObject, index: number) => JsonObject,
): JsonObject {
  return mapEntryItems(
    answer,
    "choices",
    (choice, at) => isObject(choice) ? map(choice, indexOf(choice, at)) : choice,
  );
}

/** Like {@link mapChoices}, for what each choice says: its `delta` or its `message`. */
export function mapSaid(
  answer: JsonObject,
  key: "delta" | "message",
  map: (said: JsonObject) => JsonObject,
): JsonObject {
  return mapChoices(answer, (choice) => {
    const said = get(choice, key);
    return isObject(said) ? withEntry(choice, key, map(said)) : choice;
  });
}

/** The number of a choice or a call; where it stands if it has none. */
export function indexOf(item: JsonObject, at: number): number {
  const index = get(item, "index");
  return typeof index === "number" ? index : at;
}

/** Whether something is said of calls under `key`. */
export function hasCalls(choice: JsonObject, key: "delta" | "message"): boolean {
  const said = get(choice, key);
  const calls = isObject(said) ? get(said, "tool_calls") : null;
  return isArray(calls) && calls.length > 0;
}

/** Whether nothing more comes of a streamed choice. */
export function isFinished(choice: JsonObject): boolean {
  return typeof get(choice, "finish_reason") === "string";
}

/** What `function` of a call has under `key`, if that is a text. */
export function functionText(call: JsonObject, key: "name" | "arguments"): string | null {
  const called = get(call, "function");
  const text = isObject(called) ? get(called, key) : null;
  return typeof text === "string" ? text : null;
}

/** The call with other entries in its `function`. */
export function withFunction(
  call: JsonObject,
  entries: Readonly<Record<string, Json>>,
): JsonObject {
  const called = get(call, "function");
  return { ...call, function: { ...isObject(called) ? called : {}, ...entries } };
}

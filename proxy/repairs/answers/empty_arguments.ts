/**
 * Calls without arguments whose arguments are an empty text, which is no JSON.
 *
 * @module
 */

import { get, isObject, type JsonObject } from "../json.ts";
import type { AnswerRepair } from "../repair.ts";
import { CallMachine, type CallRule } from "./call_machine.ts";
import { withFunction } from "./choices.ts";

/** Whether arguments came. */
type State = "none" | "some";

/** The repair. */
export const emptyArguments: AnswerRepair = {
  name: "empty-arguments",
  summary: "A call that ends without any arguments gets `{}`, which clients can parse",
  evidence:
    "https://github.com/block/goose/blob/main/crates/goose/src/providers/formats/databricks.rs",
  dialects: ["chat"],
  serves: () => true,
  begin: () => new CallMachine(RULE),
};

const RULE: CallRule<State> = {
  whole: (call) =>
    isObject(get(call, "function")) && isBlank(call)
      ? withFunction(call, { arguments: "{}" })
      : call,
  fragment: ({ call, state, isLast }) => {
    if (state === "some" || !isBlank(call)) return { call, state: "some" };
    return { call: isLast ? withFunction(call, { arguments: "{}" }) : call, state: "none" };
  },
  // A call that was cut off must not become one that can be run.
  close: (state, how) =>
    state === "none" && how === "ended" ? { function: { arguments: "{}" } } : null,
};

/** What is no call of a function, or has something else than a text there, is left alone. */
function isBlank(call: JsonObject): boolean {
  const called = get(call, "function");
  if (!isObject(called)) return called === undefined && !Object.hasOwn(call, "custom");
  const args = get(called, "arguments") ?? "";
  return typeof args === "string" && args.trim() === "";
}

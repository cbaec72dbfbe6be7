/**
 * `"{}"` said of a call's arguments before its real arguments come.
 *
 * @module
 */

import type { JsonObject } from "../json.ts";
import type { AnswerRepair } from "../repair.ts";
import { CallMachine, type CallRule } from "./call_machine.ts";
import { functionText, withFunction } from "./choices.ts";

/** `none`: no arguments yet. `held`: braces that may be all there is. `passed`: real ones came. */
type State = "none" | "held" | "passed";

/** The repair. */
export const earlyBraces: AnswerRepair = {
  name: "early-braces",
  summary: "Empty braces at the start of a call's arguments are held back until nothing follows",
  evidence:
    "https://github.com/BerriAI/litellm/blob/main/litellm/llms/databricks/chat/transformation.py",
  dialects: ["chat"],
  serves: () => true,
  begin: () => new CallMachine(RULE),
};

const RULE: CallRule<State> = {
  whole: (call) => call,
  fragment: ({ call, state, isLast }) => {
    const args = functionText(call, "arguments") ?? "";
    if (state === "passed") return { call, state };
    if (args.trim() === "") {
      return { call: isLast ? withHeld(call, state) : call, state: state ?? "none" };
    }
    // What is no braces are the arguments, whatever was held.
    if (args !== "{}" || isLast) return { call, state: "passed" };
    return { call: withFunction(call, { arguments: "" }), state: "held" };
  },
  close: (state) => state === "held" ? { function: { arguments: "{}" } } : null,
};

function withHeld(call: JsonObject, state: State | null): JsonObject {
  return state === "held" ? withFunction(call, { arguments: "{}" }) : call;
}

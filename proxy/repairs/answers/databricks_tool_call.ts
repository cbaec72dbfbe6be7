/**
 * Calls of a tool named `databricks-tool-call`, which stands for the one that its arguments name.
 *
 * @module
 */

import { get, isObject, type JsonObject, without } from "../json.ts";
import type { AnswerRepair } from "../repair.ts";
import { CallMachine, type CallRule } from "./call_machine.ts";
import { functionText, withFunction } from "./choices.ts";

const STAND_IN = "databricks-tool-call";
/** Arguments that are longer are handed on as they come. */
const MAX_ARGUMENTS = 16 * 1024 * 1024;

/** A call that is renamed, gathered; or one that is not, passed by. */
type State = { readonly first: JsonObject; readonly args: string } | "passed";

/** The repair. */
export const databricksToolCall: AnswerRepair = {
  name: "databricks-tool-call",
  summary: "A call of `databricks-tool-call` becomes one of the tool that its arguments name",
  evidence: "https://github.com/databricks/databricks-ai-bridge/pull/285",
  dialects: ["chat"],
  serves: () => true,
  begin: () => new CallMachine(RULE),
};

const RULE: CallRule<State> = {
  whole: rename,
  fragment: ({ call, state, isLast }) => {
    const isNamed = functionText(call, "name") === STAND_IN;
    if (state === "passed" || (state === null && !isNamed)) return { call, state: "passed" };
    // Which tool it is may stand last: nothing of it can be said before all of it is there.
    const args = (state?.args ?? "") + (functionText(call, "arguments") ?? "");
    const first = state?.first ?? call;
    if (!isLast && args.length <= MAX_ARGUMENTS) return { call: null, state: { first, args } };
    return { call: { ...indexIn(call), ...said({ first, args }) }, state: "passed" };
  },
  close: (state) => state === "passed" ? null : said(state),
};

function said({ first, args }: { first: JsonObject; args: string }): JsonObject {
  return rename(withFunction(first, { arguments: args }));
}

/** The call under its real name; the same object if that cannot be found. */
function rename(call: JsonObject): JsonObject {
  if (functionText(call, "name") !== STAND_IN) return call;
  const args = parse(functionText(call, "arguments") ?? "");
  const name = args === null ? null : get(args, "name");
  if (args === null || typeof name !== "string" || name === "") return call;
  return withFunction(call, { name, arguments: JSON.stringify(without(args, ["name"])) });
}

function indexIn(call: JsonObject): JsonObject {
  const index = get(call, "index");
  return index === undefined ? {} : { index };
}

function parse(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

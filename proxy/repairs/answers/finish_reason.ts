/**
 * `stop` said of a choice that called a tool.
 *
 * @module
 */

import { get, type JsonObject } from "../json.ts";
import type { AnswerMachine, AnswerRepair } from "../repair.ts";
import { hasCalls, mapChoices, someChoice } from "./choices.ts";

/** The repair. */
export const finishReason: AnswerRepair = {
  name: "finish-reason",
  summary: "A choice that called a tool finishes with `tool_calls`, not `stop`: else none is run",
  evidence:
    "https://github.com/databrickslabs/coding-agents-databricks-apps/blob/main/content_filter_proxy.py",
  dialects: ["chat"],
  serves: () => true,
  begin: () => new FinishReason(),
};

class FinishReason implements AnswerMachine {
  readonly #calling = new Set<number>();

  whole(body: JsonObject): JsonObject {
    return mapChoices(body, (choice) => mend(choice, hasCalls(choice, "message")));
  }

  push(event: JsonObject): readonly JsonObject[] {
    if (!someChoice(event, "delta", isConcern)) return [event];
    return [mapChoices(event, (choice, index) => {
      // The call comes in one chunk, the reason in another.
      if (hasCalls(choice, "delta")) this.#calling.add(index);
      return mend(choice, this.#calling.has(index));
    })];
  }

  end(): readonly JsonObject[] {
    return [];
  }
}

function isConcern(delta: JsonObject, choice: JsonObject): boolean {
  return delta.tool_calls !== undefined || choice.finish_reason === "stop";
}

function mend(choice: JsonObject, isCalling: boolean): JsonObject {
  if (!isCalling || get(choice, "finish_reason") !== "stop") return choice;
  return { ...choice, finish_reason: "tool_calls" };
}

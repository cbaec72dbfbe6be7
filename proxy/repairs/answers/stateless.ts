/**
 * Repairs that look at one event at a time.
 *
 * @module
 */

import type { JsonObject } from "../json.ts";
import type { AnswerMachine } from "../repair.ts";

/** A machine that remembers nothing. */
export function statelessMachine(rule: {
  readonly whole: (body: JsonObject) => JsonObject;
  readonly event: (event: JsonObject) => JsonObject;
}): AnswerMachine {
  return {
    whole: rule.whole,
    push: (event) => [rule.event(event)],
    end: () => [],
  };
}

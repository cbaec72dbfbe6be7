/**
 * Repairs that follow each tool call of a stream from its first fragment to its end.
 *
 * @module
 */

import { get, isArray, isObject, type JsonObject, mapEntryItems } from "../json.ts";
import { withEntry, without } from "../json.ts";
import type { AnswerMachine } from "../repair.ts";
import { functionText, indexOf, isFinished, mapChoices, someChoice } from "./choices.ts";

/** A fragment of a call on its way. */
export interface Fragment<S> {
  /** An item of `tool_calls`. */
  readonly call: JsonObject;
  /** What was noted of the call so far, `null` at its first fragment. */
  readonly state: S | null;
  /** Whether it is the last one. */
  readonly isLast: boolean;
}

/** Why nothing more comes of a call. */
export type CallEnd = "ended" | "cut";

/** What is done with calls. */
export interface CallRule<S> {
  /** A call in an answer that is not streamed. */
  whole(call: JsonObject): JsonObject;
  /** What takes a fragment's place, `null`: nothing for now; and what is to be remembered. */
  fragment(fragment: Fragment<S>): { readonly call: JsonObject | null; readonly state: S };
  /**
   * What is still to be said of a call, `null`: nothing. `ended`: it was said to its end; `cut`: the
   * stream has ended, and perhaps too soon.
   */
  close(state: S, how: CallEnd): JsonObject | null;
}

interface OpenCall<S> {
  readonly id: string | null;
  readonly index: number;
  readonly state: S;
}

/** Applies a rule to every call of every choice. */
export class CallMachine<S> implements AnswerMachine {
  readonly #rule: CallRule<S>;
  readonly #choices = new Map<number, Map<number, OpenCall<S>>>();
  /** What an event of ours looks like. */
  #last: JsonObject = {};

  /** Begins on one answer. */
  constructor(rule: CallRule<S>) {
    this.#rule = rule;
  }

  /** Each call by itself. */
  whole(body: JsonObject): JsonObject {
    return mapChoices(body, (choice) => {
      const message = get(choice, "message");
      if (!isObject(message) || !isArray(get(message, "tool_calls"))) return choice;
      const map = (call: unknown) => this.#rule.whole(call as JsonObject);
      const mended = mapEntryItems(
        message,
        "tool_calls",
        (call) => isObject(call) ? map(call) : call,
      );
      return withEntry(choice, "message", mended);
    });
  }

  /** The event without what waits, behind what waits no longer. */
  push(event: JsonObject): readonly JsonObject[] {
    if (isArray(event.choices)) this.#last = event;
    if (!someChoice(event, "delta", isConcern)) return [event];
    const closings: JsonObject[] = [];
    const mended = mapChoices(event, (choice, index) => {
      const said = this.#mendChoice(choice, { index, closings });
      if (isFinished(choice)) closings.push(...this.#closeChoice(index, "ended"));
      return said;
    });
    return closings.length === 0 ? [mended] : [this.#eventOf(closings), mended];
  }

  /** What waits for an end that never came. */
  end(): readonly JsonObject[] {
    const closings = [...this.#choices.keys()].flatMap((index) => this.#closeChoice(index, "cut"));
    return closings.length === 0 ? [] : [this.#eventOf(closings)];
  }

  #mendChoice(
    choice: JsonObject,
    { index, closings }: { index: number; closings: JsonObject[] },
  ): JsonObject {
    const delta = get(choice, "delta");
    const calls = isObject(delta) ? get(delta, "tool_calls") : null;
    if (!isObject(delta) || !isArray(calls) || calls.length === 0) return choice;
    const open = this.#choices.get(index) ?? new Map<number, OpenCall<S>>();
    this.#choices.set(index, open);
    const numbers = calls.map((call, at) => isObject(call) ? indexOf(call, at) : -1);
    const mended = mapEntryItems(delta, "tool_calls", (call, at) => {
      if (!isObject(call)) return call;
      const number = numbers[at] ?? at;
      const known = open.get(number);
      if (known !== undefined && isAnother(call, known)) {
        closings.push(...choiceOf(index, [this.#close(known, "ended")]));
        open.delete(number);
      }
      const isLast = isFinished(choice) && numbers.lastIndexOf(number) === at;
      const state = open.get(number)?.state ?? null;
      const said = this.#rule.fragment({ call, state, isLast });
      if (isLast) open.delete(number);
      else open.set(number, { id: known?.id ?? idOf(call), index: number, state: said.state });
      return said.call ?? undefined;
    });
    const rest = get(mended, "tool_calls");
    const isEmpty = isArray(rest) && rest.length === 0;
    return withEntry(choice, "delta", isEmpty ? without(mended, ["tool_calls"]) : mended);
  }

  #closeChoice(index: number, how: CallEnd): readonly JsonObject[] {
    const open = [...this.#choices.get(index)?.values() ?? []];
    this.#choices.delete(index);
    return choiceOf(index, open.map((call) => this.#close(call, how)));
  }

  #close({ index, state }: OpenCall<S>, how: CallEnd): JsonObject | null {
    const call = this.#rule.close(state, how);
    return call === null ? null : { index, ...call };
  }

  #eventOf(choices: readonly JsonObject[]): JsonObject {
    return { ...without(this.#last, ["usage"]), choices };
  }
}

function isConcern(delta: JsonObject, choice: JsonObject): boolean {
  return delta.tool_calls !== undefined || isFinished(choice);
}

/** Some endpoints number all calls 0, and tell them apart by their ids. */
function isAnother(call: JsonObject, { id }: { readonly id: string | null }): boolean {
  const own = idOf(call);
  return own !== null && id !== null && own !== id && functionText(call, "name") !== null;
}

function idOf(call: JsonObject): string | null {
  const id = get(call, "id");
  return typeof id === "string" && id !== "" ? id : null;
}

function choiceOf(index: number, calls: readonly (JsonObject | null)[]): readonly JsonObject[] {
  const said = calls.filter((call) => call !== null);
  if (said.length === 0) return [];
  return [{ index, delta: { tool_calls: said }, finish_reason: null }];
}

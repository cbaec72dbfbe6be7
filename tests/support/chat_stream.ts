/** OpenAI chat streams for tests: chunks, and what a client makes of them. */

import type { Json, JsonObject } from "../../proxy/repairs/json.ts";
import { isArray, isObject } from "../../proxy/repairs/json.ts";
import { MachineRow } from "../../proxy/repairs/machine_row.ts";
import { ANSWER_REPAIRS } from "../../proxy/repairs/answer_table.ts";
import { StreamMender } from "../../proxy/repairs/mend_stream.ts";
import { joined, utf8 } from "./bytes.ts";
import type { AnswerContext, AnswerRepair } from "../../proxy/repairs/repair.ts";

/** Whom the answers of these tests answer. */
export const CONTEXT: AnswerContext = {
  subject: {
    dialect: "chat",
    mode: "serving-endpoints",
    model: "databricks-claude-opus-4-8",
    family: "claude",
    isStream: true,
  },
  asked: null,
};

/** A chunk with one choice. */
export function chunkOf(
  delta: Json,
  options: { readonly index?: number; readonly finish?: string | null } = {},
): JsonObject {
  const { index = 0, finish = null } = options;
  return {
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1_700_000_000,
    model: "m",
    choices: [{ index, delta, "finish_reason": finish }],
  };
}

/** A chunk with a fragment of a call. */
export function callChunk(
  call: JsonObject,
  options: { readonly choice?: number; readonly finish?: string | null } = {},
): JsonObject {
  const { choice = 0, finish = null } = options;
  return chunkOf({ "tool_calls": [call] }, { index: choice, finish });
}

/** The first fragment of a call. */
export function opening(name: string, args: string, index = 0): JsonObject {
  return { index, id: `call_${index}`, type: "function", function: { name, arguments: args } };
}

/** A later one. */
export function fragment(args: string, index = 0): JsonObject {
  return { index, function: { arguments: args } };
}

/** What repairs make of a stream, and which of them fired. */
export function mendAll(
  repairs: readonly AnswerRepair[],
  events: readonly JsonObject[],
): { readonly events: readonly JsonObject[]; readonly fired: readonly string[] } {
  const row = new MachineRow(repairs, CONTEXT, {
    onBug: (error) => {
      throw error;
    },
  });
  const mended = [...events.flatMap((event) => row.push(event)), ...row.end()];
  return { events: mended, fired: row.fired };
}

/** The text of a stream of these events. */
export function sseOf(events: readonly Json[]): string {
  return events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
}

/** What all answer repairs make of the text of a stream. */
export function mendedStream(text: string): string {
  const mender = new StreamMender(new MachineRow(ANSWER_REPAIRS, CONTEXT));
  const bytes = joined([mender.push(utf8(text)), mender.end().bytes]);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/** A call as a client has it in the end. */
export interface ReadCall {
  readonly id: string;
  readonly name: string;
  readonly args: string;
}

/** A choice as a client has it in the end. */
export interface ReadChoice {
  readonly content: string;
  readonly calls: readonly ReadCall[];
  readonly finish: string | null;
}

/** Puts a stream together the way OpenAI's own client does: by the numbers of choices and calls. */
export function readChat(events: readonly Json[]): ReadonlyMap<number, ReadChoice> {
  const read = new Map<
    number,
    { content: string; calls: Map<number, ReadCall>; finish: string | null }
  >();
  for (const event of events) {
    const choices = isObject(event) && isArray(event.choices) ? event.choices : [];
    for (const choice of choices) {
      if (!isObject(choice)) throw new TypeError("a choice is no object");
      const index = Number(choice.index);
      const known = read.get(index) ?? { content: "", calls: new Map(), finish: null };
      read.set(index, known);
      if (typeof choice.finish_reason === "string") {
        if (known.finish !== null) throw new TypeError("a choice finished twice");
        known.finish = choice.finish_reason;
      }
      const { delta } = choice;
      if (!isObject(delta)) throw new TypeError("a delta is no object");
      if (known.finish !== null && choice.finish_reason === null) {
        throw new TypeError("something was said of a choice that had finished");
      }
      if (typeof delta.content === "string") known.content += delta.content;
      for (const call of isArray(delta.tool_calls) ? delta.tool_calls : []) {
        readCall(known.calls, call);
      }
    }
  }
  return new Map(
    [...read].map((
      [index, { calls, ...rest }],
    ) => [index, { ...rest, calls: [...calls.values()] }]),
  );
}

function readCall(calls: Map<number, ReadCall>, call: Json): void {
  if (!isObject(call) || !isObject(call.function)) throw new TypeError("a call is no object");
  const index = Number(call.index);
  const known = calls.get(index) ?? { id: "", name: "", args: "" };
  const { name, arguments: args } = call.function;
  calls.set(index, {
    id: typeof call.id === "string" ? call.id : known.id,
    name: typeof name === "string" ? name : known.name,
    args: known.args + (typeof args === "string" ? args : ""),
  });
}

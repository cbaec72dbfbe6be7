/**
 * What the simulated model says, before any dialect puts it into its own words.
 *
 * @module
 */

import type { Prompt } from "./prompt.ts";
import type { ToolCall } from "./script.ts";

/** One answer of the model. */
export interface Answer {
  /** Random hex digits from which each dialect makes its ids. */
  readonly id: string;
  /** Epoch seconds. */
  readonly createdSeconds: number;
  /** Model by the name that the request used. */
  readonly model: string;
  /** The text in the pieces in which it is streamed; none is empty. */
  readonly deltas: readonly string[];
  /** The call of a tool with which it ends; `null` if it ends with its text. */
  readonly call: ToolCall | null;
  /** Made up from the length of the request. */
  readonly inputTokens: number;
  /** Whether a chat stream ends with a chunk for the usage. */
  readonly wantsUsage: boolean;
}

/** How one dialect writes an answer. */
export interface DialectWriter {
  /** The answer as one JSON value. */
  readonly whole: (answer: Answer) => unknown;
  /** The answer as the frames of a stream, from the first event to the last. */
  readonly frames: (answer: Answer) => Iterable<string>;
}

const GREETING_DELTAS = 6;
const QUOTED_CHARACTERS = 60;
const CHARACTERS_PER_TOKEN = 4;

/**
 * The text of the answer in the pieces in which it is streamed: six, or as many as the prompt
 * asks for. Beyond six, numbers are counted, so that a lost or doubled piece shows.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { answerDeltas } from "./answers.ts";
 *
 * const deltas = answerDeltas("m", { userText: "hi", deltaCount: null });
 * assert.equal(deltas.length, 6);
 * assert.equal(deltas.join(""), 'Hello from m. You said: "hi".');
 * assert.deepEqual(answerDeltas("m", { userText: "hi", deltaCount: 8 }).slice(6), [" 7", " 8"]);
 * ```
 */
export function answerDeltas(
  model: string,
  prompt: Pick<Prompt, "userText" | "deltaCount">,
): readonly string[] {
  // By code points: half of a surrogate pair would come back as another character.
  const quoted = Array.from(prompt.userText).slice(0, QUOTED_CHARACTERS).join("");
  const greeting = `Hello from ${model}. You said: "${quoted}".`;
  const count = prompt.deltaCount ?? GREETING_DELTAS;
  const start = splitEvenly(greeting, Math.min(count, GREETING_DELTAS));
  const rest = Array.from({ length: count - start.length }, (_, index) => index + start.length + 1);
  return [...start, ...rest.map((number) => ` ${number}`)];
}

/** The whole text of an answer. */
export function answerText(answer: Answer): string {
  return answer.deltas.join("");
}

/** A made-up number of tokens of an answer: one for each piece, a few for a call. */
export function countOutput({ deltas, call }: Pick<Answer, "deltas" | "call">): number {
  return deltas.length + (call === null ? 0 : countTokens(JSON.stringify(call.arguments).length));
}

/** A plausible number of tokens for a text of so many characters; at least 1. */
export function countTokens(characters: number): number {
  return Math.max(1, Math.ceil(characters / CHARACTERS_PER_TOKEN));
}

/** A text in `count` pieces of about the same length. */
export function splitEvenly(text: string, count: number): readonly string[] {
  const characters = Array.from(text);
  const cut = (index: number) => Math.round(index * characters.length / count);
  return Array.from(
    { length: count },
    (_, index) => characters.slice(cut(index), cut(index + 1)).join(""),
  );
}

/**
 * Whether an answer is whole: it says all that the model said, and ends as its dialect ends.
 *
 * @module
 */

import type { Dialect } from "../workspace/endpoints.ts";
import type { SampleRequest } from "./sample_request.ts";

/** An answer that was read to its end. */
export interface ReadAnswer {
  readonly status: number;
  readonly text: string;
}

/** How to read one dialect. Both get decoded JSON of which nothing is known. */
interface Reader {
  /** The text in a whole answer, and whether it says that it is complete. */
  readonly whole: (body: unknown) => { readonly text: unknown; readonly isComplete: boolean };
  /** The text in one event. */
  readonly delta: (event: unknown) => unknown;
  /** Whether this is the last event of a stream that came to its end. */
  readonly isEnd: (event: unknown, data: string) => boolean;
  /** How messages call the end. */
  readonly end: string;
}

const GEMINI_TEXT = ["candidates", 0, "content", "parts", 0, "text"];
const GEMINI_END = ["candidates", 0, "finishReason"];

const READERS: Readonly<Record<Dialect, Reader>> = {
  chat: {
    whole: (body) => ({
      text: dig(body, ["choices", 0, "message", "content"]),
      isComplete: dig(body, ["choices", 0, "finish_reason"]) === "stop",
    }),
    delta: (event) => dig(event, ["choices", 0, "delta", "content"]),
    isEnd: (_, data) => data === "[DONE]",
    end: "data: [DONE]",
  },
  responses: {
    whole: (body) => ({
      text: dig(body, ["output", 0, "content", 0, "text"]),
      isComplete: dig(body, ["status"]) === "completed",
    }),
    delta: (event) => isType(event, "response.output_text.delta") ? dig(event, ["delta"]) : "",
    isEnd: (event) => isType(event, "response.completed"),
    end: "response.completed",
  },
  anthropic: {
    whole: (body) => ({
      text: dig(body, ["content", 0, "text"]),
      isComplete: dig(body, ["stop_reason"]) === "end_turn",
    }),
    delta: (event) => isType(event, "content_block_delta") ? dig(event, ["delta", "text"]) : "",
    isEnd: (event) => isType(event, "message_stop"),
    end: "message_stop",
  },
  gemini: {
    whole: (body) => ({
      text: dig(body, GEMINI_TEXT),
      isComplete: dig(body, GEMINI_END) === "STOP",
    }),
    delta: (event) => dig(event, GEMINI_TEXT),
    isEnd: (event) => dig(event, GEMINI_END) === "STOP",
    end: "finishReason STOP",
  },
};

const MAX_QUOTED = 120;

/**
 * What is wrong with the answer to a request, in one line; `null`: nothing.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { makeSampleRequest } from "./sample_request.ts";
 * import { findFlaw } from "./whole_answer.ts";
 *
 * const request = { ...makeSampleRequest(4), wantedText: "ab" };
 * const start = 'data: {"choices":[{"delta":{"content":"ab"}}]}\n\n';
 * assert.equal(findFlaw({ status: 200, text: start + "data: [DONE]\n\n" }, request), null);
 * assert.equal(
 *   findFlaw({ status: 200, text: start }, request),
 *   "the stream ended without data: [DONE]; events: 1",
 * );
 * ```
 */
export function findFlaw(
  { status, text }: ReadAnswer,
  request: Pick<SampleRequest, "dialect" | "form" | "wantedText">,
): string | null {
  if (status !== 200) return `status ${status}: ${messageIn(text)}`;
  const reader = READERS[request.dialect];
  return request.form === "stream"
    ? findStreamFlaw(text, { reader, wantedText: request.wantedText })
    : findBodyFlaw(text, { reader, wantedText: request.wantedText });
}

function findBodyFlaw(
  body: string,
  { reader, wantedText }: { readonly reader: Reader; readonly wantedText: string },
): string | null {
  const value = parse(body);
  if (value === undefined) return `not JSON: ${oneLine(body)}`;
  const { text, isComplete } = reader.whole(value);
  if (!isComplete) return `the answer does not say that it is complete: ${oneLine(body)}`;
  return text === wantedText ? null : "the text is not what the model said";
}

function findStreamFlaw(
  body: string,
  { reader, wantedText }: { readonly reader: Reader; readonly wantedText: string },
): string | null {
  // What follows the last blank line is half an event.
  const frames = body.split(/\r?\n\r?\n/);
  const rest = frames.pop() ?? "";
  const datas = frames.map((frame) => frame.match(/^data: ?(.*)$/m)?.[1] ?? "");
  const events = datas.map((data) => ({ data, value: parse(data) }));
  const endAt = events.findIndex(({ value, data }) => reader.isEnd(value, data));
  if (endAt === -1) return `the stream ended without ${reader.end}; events: ${frames.length}`;
  if (endAt < frames.length - 1 || rest !== "") return `the stream goes on after ${reader.end}`;
  const text = events.map(({ value }) => reader.delta(value) ?? "").join("");
  return text === wantedText ? null : "the pieces of text are not those that the model said";
}

/** What an error says in any of the dialects. */
function messageIn(text: string): string {
  const value = parse(text);
  const message = dig(value, ["error", "message"]) ?? dig(value, ["message"]);
  return oneLine(typeof message === "string" ? message : text);
}

function oneLine(text: string): string {
  const line = text.replaceAll(/[\s\p{Cc}\u2028\u2029]+/gu, " ").trim();
  return line.length > MAX_QUOTED ? `${line.slice(0, MAX_QUOTED)}…` : line || "(nothing)";
}

function isType(event: unknown, type: string): boolean {
  return dig(event, ["type"]) === type;
}

/** What lies at `path` in decoded JSON, `undefined` if there is no such place. */
function dig(value: unknown, path: readonly (string | number)[]): unknown {
  let inner = value;
  for (const step of path) {
    if (typeof inner !== "object" || inner === null) return undefined;
    inner = Reflect.get(inner, step);
  }
  return inner;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

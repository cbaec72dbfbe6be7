/**
 * The requests of the sample client: all dialects in turn, streamed and not.
 *
 * @module
 */

import type { Dialect } from "../workspace/endpoints.ts";
import { answerDeltas } from "./answers.ts";

/** One request, and the text that a whole answer to it holds. */
export interface SampleRequest {
  readonly dialect: Dialect;
  readonly form: "whole" | "stream";
  /** Path and query on the proxy. */
  readonly path: string;
  /** The header in which this dialect's agents show their key. */
  readonly keyHeader: "authorization" | "x-api-key" | "x-goog-api-key";
  readonly body: unknown;
  /** What the simulated model says to it. */
  readonly wantedText: string;
}

/** In the order in which they take turns. */
export const DIALECTS: readonly Dialect[] = ["chat", "responses", "anthropic", "gemini"];

const MODELS: Readonly<Record<Dialect, string>> = {
  chat: "databricks-meta-llama-3-3-70b-instruct",
  responses: "databricks-gpt-5-5",
  anthropic: "databricks-claude-sonnet-4-6",
  gemini: "databricks-gemini-2-5-flash",
};
const DELTA_COUNT = 20;
/** Every dialect has some more events than there are pieces of text: about so many in all. */
const EVENT_COUNT = 24;
/** About how long the streams last, in turn: some outlive the token that they began with. */
const STREAM_MS: readonly number[] = [1_200, 1_800, 2_500];

/**
 * The request with this number, from 0 on.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { makeSampleRequest } from "./sample_request.ts";
 *
 * const { dialect, form, wantedText } = makeSampleRequest(4);
 * assert.deepEqual([dialect, form], ["chat", "stream"]);
 * assert.match(wantedText, / 19 20$/);
 * ```
 */
export function makeSampleRequest(number: number): SampleRequest {
  const dialect = pick(DIALECTS, number);
  const form = number % 8 < 4 ? "whole" : "stream";
  const model = MODELS[dialect];
  const paceMs = Math.round(pick(STREAM_MS, Math.floor(number / 8)) / EVENT_COUNT);
  const userText = `Request ${number} [[stream ${DELTA_COUNT}]] [[slow ${paceMs}]]`;
  return {
    dialect,
    form,
    ...callIn(dialect, { model, userText, form }),
    wantedText: answerDeltas(model, { userText, deltaCount: DELTA_COUNT }).join(""),
  };
}

function callIn(
  dialect: Dialect,
  say: { readonly model: string; readonly userText: string; readonly form: "whole" | "stream" },
): Pick<SampleRequest, "path" | "keyHeader" | "body"> {
  const { model, userText } = say;
  const stream = say.form === "stream";
  const messages = [{ role: "user", content: userText }];
  switch (dialect) {
    case "chat":
      return {
        path: "/v1/chat/completions",
        keyHeader: "authorization",
        body: { model, messages, stream },
      };
    case "responses":
      return {
        path: "/v1/responses",
        keyHeader: "authorization",
        body: { model, input: messages, stream },
      };
    case "anthropic":
      return {
        path: "/v1/messages?beta=true",
        keyHeader: "x-api-key",
        body: { model, ["max_tokens"]: 1_024, messages, stream },
      };
    case "gemini":
      return {
        path: `/gemini/v1beta/models/${model}:` +
          (stream ? "streamGenerateContent?alt=sse" : "generateContent"),
        keyHeader: "x-goog-api-key",
        body: { contents: [{ role: "user", parts: [{ text: userText }] }] },
      };
  }
}

function pick<T>(items: readonly T[], number: number): T {
  const item = items[number % items.length];
  if (item === undefined) throw new RangeError("Cannot pick from nothing");
  return item;
}

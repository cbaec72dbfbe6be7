/**
 * How a stream says in each dialect that it has failed. All of them are errors that pass by
 * themselves: what agents do about others is not what these tests are about.
 *
 * @module
 */

import { sseFrame } from "../../demo/replies.ts";
import type { Dialect } from "../../workspace/endpoints.ts";

const MESSAGE = "The model is overloaded";

/** What they say. */
export const ERROR_WORDS = new RegExp(MESSAGE);

/**
 * The events. For Responses `response.failed`, which ends a stream in the place of
 * `response.completed` (https://platform.openai.com/docs/api-reference/responses-streaming).
 */
export const ERROR_EVENTS: Readonly<Record<Dialect, string>> = {
  // https://docs.anthropic.com/en/docs/build-with-claude/streaming#error-events
  anthropic: sseFrame(
    { type: "error", error: { type: "overloaded_error", message: MESSAGE } },
    "error",
  ),
  chat: sseFrame({ error: { message: MESSAGE, type: "server_error", code: "server_error" } }),
  responses: sseFrame({
    type: "response.failed",
    sequence_number: 2,
    response: {
      id: "resp_failed",
      object: "response",
      status: "failed",
      error: { code: "server_error", message: MESSAGE },
    },
  }, "response.failed"),
  gemini: sseFrame({ error: { code: 503, message: MESSAGE, status: "UNAVAILABLE" } }),
};

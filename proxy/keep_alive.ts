/**
 * What is said in a stream that has nothing to say, and in one that has to end badly.
 *
 * @module
 */

import type { Dialect } from "../workspace/endpoints.ts";
import { dialectError } from "./error_response.ts";

const encoder = new TextEncoder();

/**
 * A sign of life in each dialect's own form. Anthropic's streams have an event for it; to OpenAI's
 * clients a comment is none; to Gemini CLI a comment may be the end of a turn, a blank line is not.
 */
const SIGNS: Readonly<Record<Dialect, string>> = {
  anthropic: 'event: ping\ndata: {"type": "ping"}\n\n',
  chat: ": keep-alive\n\n",
  responses: ": keep-alive\n\n",
  gemini: "\n",
};

/** The bytes of a sign of life. */
export function keepAlive(dialect: Dialect): Uint8Array<ArrayBuffer> {
  return encoder.encode(SIGNS[dialect]);
}

/**
 * What a stream ends with when upstream has broken it off, or the service ends; `null` where nothing
 * does better than an aborted connection. All agents of the other dialects retry that; Gemini CLI ends its turn on
 * it, and retries an error with status 503. Google's SDK takes for an error only what is JSON as it
 * stands, without `data:`, in a chunk of its own, and skips it where it is not:
 * `processStreamResponse` in
 * https://github.com/googleapis/js-genai/blob/main/src/_api_client.ts.
 */
export function lastWords(dialect: Dialect): Uint8Array<ArrayBuffer> | null {
  if (dialect !== "gemini") return null;
  const error = dialectError({
    status: 503,
    kind: "unavailable",
    message: "The answer was broken off; try again",
    code: null,
  }, dialect);
  return encoder.encode(`${JSON.stringify(error)}\n\n`);
}

/**
 * What the simulated workspace answers, as a value: a whole text, or frames that are sent one by
 * one. Faults change such values, and one place turns them into a `Response`.
 *
 * @module
 */

/** An answer that is sent at once. */
export interface WholeReply {
  /** Tells it from a stream. */
  readonly kind: "whole";
  /** HTTP status. */
  readonly status: number;
  /** Response headers. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body. */
  readonly text: string;
}

/** How a stream ends: at its end, or after some frames without one. */
export type Ending =
  | { readonly kind: "clean" }
  | { readonly kind: "cut" | "stall"; readonly afterFrames: number };

/** An answer that is sent frame by frame. */
export interface StreamReply {
  /** Tells it from a whole answer. */
  readonly kind: "stream";
  /** HTTP status. */
  readonly status: number;
  /** Response headers. */
  readonly headers: Readonly<Record<string, string>>;
  /** What is sent, each with a write of its own. */
  readonly frames: Iterable<string>;
  /** Pause before each frame; 0 for none. */
  readonly paceMs: number;
  /** How it ends. */
  readonly ending: Ending;
}

/** One answer of the workspace. */
export type Reply = WholeReply | StreamReply;

/** How the workspace turns a dead token away; real ones do it in all four ways. */
export type DeadTokenAnswer = "403-json" | "403-html" | "401" | "400-text";

/** The request is answered by `reply` and by nothing else. */
export class Refusal extends Error {
  /** The answer. */
  readonly reply: WholeReply;

  /** Carries `reply` to the one place that answers. */
  constructor(reply: WholeReply) {
    super(`Refused with HTTP ${reply.status}`);
    this.name = "Refusal";
    this.reply = reply;
  }
}

/** A JSON answer. */
export function jsonReply(value: unknown, status = 200): WholeReply {
  const headers = { "content-type": "application/json" };
  return { kind: "whole", status, headers, text: JSON.stringify(value) };
}

/** A stream of server-sent events, each of which is one of `frames`. */
export function eventReply(frames: Iterable<string>, paceMs: number): StreamReply {
  const headers = { "content-type": "text/event-stream", "cache-control": "no-cache" };
  return { kind: "stream", status: 200, headers, frames, paceMs, ending: { kind: "clean" } };
}

/**
 * One server-sent event.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { sseFrame } from "./replies.ts";
 *
 * assert.equal(sseFrame({ a: 1 }), 'data: {"a":1}\n\n');
 * assert.equal(sseFrame({ a: 1 }, "ping"), 'event: ping\ndata: {"a":1}\n\n');
 * ```
 */
export function sseFrame(data: unknown, event?: string): string {
  const name = event === undefined ? "" : `event: ${event}\n`;
  return `${name}data: ${JSON.stringify(data)}\n\n`;
}

/** An error in the envelope of Databricks' own APIs, to be thrown. */
export function refuse(status: number, errorCode: string, message: string): Refusal {
  return new Refusal(jsonReply({ error_code: errorCode, message }, status));
}

/** What a workspace without an AI gateway says to whoever asks for it. */
export function refuseGateway(): Refusal {
  return refuse(404, "FEATURE_DISABLED", "AI Gateway is not available for this workspace.");
}

/**
 * The answer to a request whose token is dead. The JSON and its numeric code are those of
 * https://github.com/databricks/databricks-sdk-go/issues/873, the text of a 400 is that of
 * https://github.com/databricks/unity-gateway/issues/84.
 */
export function deadTokenReply(answer: DeadTokenAnswer, message: string): WholeReply {
  const reason = { "x-databricks-reason-phrase": message };
  if (answer === "400-text") {
    const headers = { "content-type": "text/plain" };
    return { kind: "whole", status: 400, headers, text: "Invalid Token" };
  }
  if (answer === "403-html") {
    const headers = { ...reason, "content-type": "text/html; charset=utf-8" };
    const title = `<title>Error 403 ${message}</title>`;
    const text = `<html><head>${title}</head><body><pre>    ${message}</pre></body></html>`;
    return { kind: "whole", status: 403, headers, text };
  }
  const status = answer === "401" ? 401 : 403;
  const reply = jsonReply({ error_code: status, message }, status);
  return { ...reply, headers: { ...reply.headers, ...reason } };
}

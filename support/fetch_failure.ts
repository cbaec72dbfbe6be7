/**
 * Why a `fetch` failed. Deno's error says "fetch failed" and no more; its cause says how far it
 * came, in the words of the library beneath.
 *
 * @module
 */

import { describeError } from "./errors.ts";

/**
 * The reason in words, without the addresses that the caller knows anyway.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { explainFetch } from "./fetch_failure.ts";
 *
 * const cause = new Error(
 *   "error sending request for url (http://a/): client error (Connect): tcp connect error: " +
 *     "Connection refused (os error 111)",
 * );
 * assert.equal(
 *   explainFetch(new TypeError("fetch failed", { cause })),
 *   "tcp connect error: Connection refused",
 * );
 * assert.equal(explainFetch(new Error("Signal timed out.")), "Signal timed out");
 * ```
 */
export function explainFetch(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const text = describeError(cause).replace(/^.*client error \(\w+\): /s, "");
  return text.replace(/ \(os error \d+\)/, "").replace(/\.$/, "");
}

/** Whether nobody was reached at all. */
export function isUnconnected(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : null;
  return /client error \(Connect\)/.test(describeError(cause)) && !isUntrusted(error);
}

/** Whether somebody was reached whose certificate is not to be trusted. */
export function isUntrusted(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : null;
  return /certificate|UnknownIssuer|tls|handshake/i.test(describeError(cause));
}

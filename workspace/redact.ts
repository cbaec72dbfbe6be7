/**
 * What others say, made fit for a log: without anything that looks like a credential.
 *
 * @module
 */

/** Tokens, OAuth secrets, JWTs, our own local keys, and whatever follows the word Bearer. */
const TOKEN_LIKE =
  /kt_[a-z]+_[\w-]{16,}|dapi[0-9a-zA-Z-]{6,}|dose[0-9a-f]{16,}|eyJ[\w-]*\.[\w.-]+|(?<=\bbearer )[\w.~+/=-]{8,}/gi;

/** The value of a field whose name says that it is secret. */
const NAMED_SECRET =
  /(?<=(?:secret|password|passwd|token|api_?key|[?&]code)(?:=|"\s{0,4}:\s{0,4}"))[^\s"'&,;]+/gi;

/** As long as no word of any language, and no name of a file. */
const OPAQUE = /[A-Za-z0-9_~+=-]{32,}/g;

/**
 * `text` without what has the form of a known kind of token.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { redactTokens } from "./redact.ts";
 *
 * assert.equal(redactTokens("dapi0123456789 is dead"), "[redacted] is dead");
 * ```
 */
export function redactTokens(text: string): string {
  return text.replace(TOKEN_LIKE, "[redacted]");
}

/**
 * `text` without anything that could be a credential of any kind: for the words of programs that
 * handle credentials of which nothing is known.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { redactOpaque } from "./redact.ts";
 *
 * assert.equal(redactOpaque("no login for dev: run `x login`"), "no login for dev: run `x login`");
 * assert.equal(redactOpaque("client_secret=hunter2&a=b"), "client_secret=[redacted]&a=b");
 * assert.equal(redactOpaque(`got ${"0aZ_".repeat(8)}`), "got [redacted]");
 * ```
 */
export function redactOpaque(text: string): string {
  return redactTokens(text).replace(NAMED_SECRET, "[redacted]").replace(OPAQUE, "[redacted]");
}

/** `text` on one line, without invisible characters, in which a token could hide. */
export function flatten(text: string): string {
  return text.replace(/\p{Cf}+/gu, "").replace(/[\p{Cc}\p{Z}]+/gu, " ").trim();
}

/**
 * Whether a failed answer means that the token is dead, or that a living token may not do this.
 *
 * Databricks answers 403 for a dead token (https://github.com/databricks/databricks-sdk-go/issues/873)
 * and its gateway 400 (https://github.com/databricks/unity-gateway/issues/84), so the status alone
 * does not say. A mistake in one direction strands the agent, in the other it throws away a live
 * token for a permission that no token has.
 *
 * @module
 */

import { type ErrorBody, readErrorBody } from "./api_error.ts";

/** What an answer says about the token that was sent. */
export type AuthFailure = "dead-token" | "not-allowed" | "neither";

/** A page as long as this is not a message, and may quote anything. */
const MAX_TEXT = 4096;

/** The whole of a message that says nothing but that the token is dead. */
const ONLY_DEAD_TOKEN =
  /^(?:forbidden: )?(?:invalid (?:access )?token|expired ?token|(?:expiredtoken: )?(?:(?:the|your|this) )?(?:(?:provided|access|bearer|security) )*token (?:(?:is|has|was) )?expir(?:ed|ing within \d+ seconds)(?:\.? \(token expired\))?)$/;

/** Says so somewhere; enough with a 403. */
const SAYS_DEAD_TOKEN = /\binvalid access token\b|\btoken is expir(?:ed|ing)\b|\btoken expired\b/i;

/** Says that the token was understood and lacks a right. */
const SAYS_NOT_ALLOWED = /\bIP ACL\b|PERMISSION_DENIED|\bdoes not have\b.*\bpermission/is;

/**
 * Whether {@link classifyAuthFailure} needs the body of an answer with this status.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { needsBody } from "./auth_failure.ts";
 *
 * assert.equal(needsBody(403), true);
 * assert.equal(needsBody(401), false);
 * ```
 */
export function needsBody(status: number): boolean {
  return status === 400 || status === 403;
}

/**
 * Judges an answer. Looks at the fields that hold the error's message and nowhere else, because the
 * rest of a body may quote a user's prompt. A message that another model provider gave
 * (`external_model_error`) is about that provider's key, never about this token.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { classifyAuthFailure } from "./auth_failure.ts";
 *
 * const none = new Headers();
 * assert.equal(classifyAuthFailure(400, none, "Invalid Token"), "dead-token");
 * assert.equal(classifyAuthFailure(400, none, "Invalid token in field stop"), "neither");
 * assert.equal(classifyAuthFailure(403, none, '{"message":"Access denied"}'), "not-allowed");
 * ```
 */
export function classifyAuthFailure(
  status: number,
  headers: Pick<Headers, "get">,
  body: string,
): AuthFailure {
  if (status === 401) return "dead-token";
  if (!needsBody(status)) return "neither";

  const read = readErrorBody(body);
  const texts = findTexts(read, body);
  const reasonPhrase = headers.get("x-databricks-reason-phrase");
  if (reasonPhrase !== null) texts.push(reasonPhrase.slice(0, MAX_TEXT));

  if (!read.isExternal && texts.some(isOnlyDeadToken)) return "dead-token";
  if (status === 400) return "neither";
  if (read.isExternal || read.code === "PERMISSION_DENIED") return "not-allowed";
  if (texts.some((text) => SAYS_NOT_ALLOWED.test(text))) return "not-allowed";
  return texts.some((text) => SAYS_DEAD_TOKEN.test(withoutQuotes(text)))
    ? "dead-token"
    : "not-allowed";
}

function findTexts(read: ErrorBody, body: string): string[] {
  // The cut bounds the work on a hostile message.
  if (read.shape === "json") return read.message === null ? [] : [read.message.slice(0, MAX_TEXT)];
  if (body.length >= MAX_TEXT) return [];
  return read.message === null ? [body] : [read.message, body];
}

function isOnlyDeadToken(text: string): boolean {
  if (text.length >= MAX_TEXT) return false;
  const plain = text.trim().replace(/^"|"$/g, "").replace(/\s+/g, " ").replace(/\.$/, "");
  return ONLY_DEAD_TOKEN.test(plain.toLowerCase());
}

/** What stands in quotes is what somebody else said, a prompt for example. */
function withoutQuotes(text: string): string {
  return text.replace(/"[^"]*"|`[^`]*`/g, " ");
}

/**
 * Any refusal → a response in the caller's dialect. An SDK that does not find its own shape
 * prints "no body" instead of the sentence (https://github.com/n8n-io/n8n/pull/38642).
 *
 * @module
 */

import type { Dialect } from "../workspace/endpoints.ts";
import type { Refusal, RefusalKind } from "./refusal.ts";

const ANTHROPIC_TYPES: Readonly<Record<RefusalKind, string>> = {
  "bad-request": "invalid_request_error",
  "unauthenticated": "authentication_error",
  "forbidden": "permission_error",
  "not-found": "not_found_error",
  "too-large": "request_too_large",
  "rate-limited": "rate_limit_error",
  "unavailable": "overloaded_error",
  "upstream": "api_error",
};

const OPENAI_TYPES: Readonly<Record<RefusalKind, string>> = {
  "bad-request": "invalid_request_error",
  "unauthenticated": "authentication_error",
  "forbidden": "permission_error",
  "not-found": "not_found_error",
  "too-large": "invalid_request_error",
  "rate-limited": "rate_limit_error",
  "unavailable": "server_error",
  "upstream": "server_error",
};

const GEMINI_STATUSES: Readonly<Record<RefusalKind, string>> = {
  "bad-request": "INVALID_ARGUMENT",
  "unauthenticated": "UNAUTHENTICATED",
  "forbidden": "PERMISSION_DENIED",
  "not-found": "NOT_FOUND",
  "too-large": "INVALID_ARGUMENT",
  "rate-limited": "RESOURCE_EXHAUSTED",
  "unavailable": "UNAVAILABLE",
  "upstream": "UNAVAILABLE",
};

/**
 * The body of a refusal in `dialect`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { errorBody } from "./error_response.ts";
 * import { Refusal } from "./refusal.ts";
 *
 * assert.deepEqual(errorBody(new Refusal(404, "not-found", "No such path"), "anthropic"), {
 *   type: "error",
 *   error: { type: "not_found_error", message: "No such path" },
 * });
 * ```
 */
export function errorBody(refusal: Refusal, dialect: Dialect): unknown {
  const { status, kind, message } = refusal;
  const code = `keyturn_${kind.replaceAll("-", "_")}`;
  return dialectError({ status, kind, message, code }, dialect);
}

/** An error that has yet to be put into a dialect. */
export interface PlainError {
  readonly status: number;
  readonly kind: RefusalKind;
  readonly message: string;
  /** What a program can tell it by, where the dialect has a place for it. */
  readonly code: string | null;
}

/** Any error in `dialect`. */
export function dialectError(error: PlainError, dialect: Dialect): unknown {
  const { status, kind, message, code } = error;
  if (dialect === "anthropic") {
    return { type: "error", error: { type: ANTHROPIC_TYPES[kind], message } };
  }
  if (dialect === "gemini") {
    return { error: { code: status, message, status: GEMINI_STATUSES[kind] } };
  }
  return { error: { message, type: OPENAI_TYPES[kind], code, param: null } };
}

/** The refusal as a response. */
export function errorResponse(refusal: Refusal, dialect: Dialect): Response {
  const headers = new Headers({ "content-type": "application/json", "cache-control": "no-store" });
  if (refusal.retryAfterS !== null) headers.set("retry-after", String(refusal.retryAfterS));
  return new Response(JSON.stringify(errorBody(refusal, dialect)), {
    status: refusal.status,
    headers,
  });
}

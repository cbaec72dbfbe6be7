/**
 * Errors of the workspace in its own envelope → the caller's dialect. An SDK that does not find its
 * own shape prints "no body" instead of the sentence (https://github.com/n8n-io/n8n/pull/38642).
 *
 * @module
 */

import { readErrorBody } from "../workspace/api_error.ts";
import type { Dialect } from "../workspace/endpoints.ts";
import { dialectError } from "./error_response.ts";
import type { RefusalKind } from "./refusal.ts";
import { get, isArray, isObject, type Json } from "./repairs/json.ts";

const KINDS: Readonly<Record<number, RefusalKind>> = {
  401: "unauthenticated",
  403: "forbidden",
  404: "not-found",
  413: "too-large",
  429: "rate-limited",
  503: "unavailable",
  529: "unavailable",
};

/**
 * The body of an error in `dialect`; `null` if it speaks the dialect already, or says nothing that
 * could be put into it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { translateError } from "./upstream_error.ts";
 *
 * const body = '{"error_code":"BAD_REQUEST","message":"{\\"message\\":\\"no such field\\"}"}';
 * assert.deepEqual(JSON.parse(translateError(body, { status: 400, dialect: "anthropic" }) ?? ""), {
 *   type: "error",
 *   error: { type: "invalid_request_error", message: "no such field" },
 * });
 * const spoken = '{"error":{"message":"no such field"}}';
 * assert.equal(translateError(spoken, { status: 400, dialect: "chat" }), null);
 * ```
 */
export function translateError(
  body: string,
  { status, dialect }: { readonly status: number; readonly dialect: Dialect },
): string | null {
  const json = parse(body);
  if (json === null || speaks(json, dialect)) return null;
  const { shape, message, code } = readErrorBody(body);
  if (shape !== "json" || message === null) return null;
  const error = { status, kind: kindOf(status), message, code };
  return JSON.stringify(dialectError(error, dialect));
}

function speaks(json: Json, dialect: Dialect): boolean {
  // Gemini answers a stream that fails with a list.
  const first = isArray(json) ? json[0] : json;
  const error = isObject(first) ? get(first, "error") : null;
  if (!isObject(first) || !isObject(error) || typeof get(error, "message") !== "string") {
    return false;
  }
  if (dialect === "anthropic") {
    return get(first, "type") === "error" && typeof get(error, "type") === "string";
  }
  return dialect !== "gemini" || typeof get(error, "code") === "number";
}

function kindOf(status: number): RefusalKind {
  return KINDS[status] ?? (status >= 500 ? "upstream" : "bad-request");
}

function parse(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * How a token stands in the string of a field.
 *
 * @module
 */

/**
 * `token`: the whole string · `bearer`: `Bearer <token>` · `headers`: in a list of headers as
 * OpenTelemetry takes it, `Authorization=Bearer <token>,other=…`, where a space may be written
 * `%20` (https://opentelemetry.io/docs/specs/otel/protocol/exporter/#specifying-headers-via-environment-variables).
 */
export type TokenForm = "token" | "bearer" | "headers";

/** Where a token stands in a string. */
export interface TokenSpan {
  /** The token. */
  readonly token: string;
  /** Offset of its first character. */
  readonly start: number;
}

const PATTERNS: Readonly<Record<TokenForm, RegExp>> = {
  token: /^\s*(\S+)\s*$/dg,
  bearer: /^\s*Bearer\s+(\S+)\s*$/dgi,
  headers: /(?<=^|,)\s*Authorization\s*=\s*Bearer(?:\s|%20)+([^\s,]+)/dgi,
};

/**
 * The tokens in a string, in its order. Whether one is a token of ours is for its hash to say.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { findTokens } from "./token_form.ts";
 *
 * assert.deepEqual(findTokens("dapi1", "token"), [{ token: "dapi1", start: 0 }]);
 * assert.deepEqual(findTokens("Bearer dapi1", "bearer"), [{ token: "dapi1", start: 7 }]);
 * assert.deepEqual(findTokens("a=b,Authorization=Bearer dapi1,c=d", "headers"), [
 *   { token: "dapi1", start: 25 },
 * ]);
 * assert.deepEqual(findTokens("dapi1", "bearer"), []);
 * ```
 */
export function findTokens(value: string, form: TokenForm): readonly TokenSpan[] {
  return Array.from(value.matchAll(PATTERNS[form]), ({ indices, [1]: token = "" }) => ({
    token,
    start: indices?.[1]?.[0] ?? 0,
  }));
}

/** `value` with `next` in the place of each of `spans`. */
export function putToken(value: string, spans: readonly TokenSpan[], next: string): string {
  return spans.toReversed().reduce(
    (text, { token, start }) => text.slice(0, start) + next + text.slice(start + token.length),
    value,
  );
}

/**
 * What a failed answer of the workspace says, whichever of its many shapes the answer has.
 *
 * The shapes are those that Databricks' own SDKs accept
 * (https://github.com/databricks/databricks-sdk-go/blob/main/apierr/errors.go), those of the
 * model providers behind the gateway, and those of its OAuth endpoint.
 *
 * @module
 */

import { flatten, redactTokens } from "./redact.ts";

/** A failed answer. Every text is one line, free of tokens and control characters. */
export interface ApiError {
  /** HTTP status. */
  readonly status: number;
  /** `RESOURCE_DOES_NOT_EXIST`, `invalid_client`, `403` …; `null` where none was given. */
  readonly code: string | null;
  /** What the workspace says, never empty, at most 500 characters. */
  readonly message: string;
  /** The header `X-Databricks-Reason-Phrase`. */
  readonly reasonPhrase: string | null;
  /** The id that Databricks' support asks for. */
  readonly requestId: string | null;
  /** How long the workspace asked us to wait, in ms, not negative. */
  readonly retryAfterMs: number | null;
}

/** What an error body holds, before it is cleaned for showing. Not safe to print. */
export interface ErrorBody {
  /** Which kind of text it is. */
  readonly shape: "empty" | "json" | "html" | "text";
  /** The code, a number as decimal digits; `null` where none was given. */
  readonly code: string | null;
  /** The innermost message, `null` where no known field holds one. */
  readonly message: string | null;
  /** Whether it relays what another model provider said (`external_model_error`). */
  readonly isExternal: boolean;
  /** `details`, whatever is in it. */
  readonly details: readonly unknown[];
}

type Json = Readonly<Record<string, unknown>>;

const MAX_NESTED_MESSAGES = 3;
const MAX_MESSAGE = 500;
const MAX_UNKNOWN_BODY = 200;
/** Bounds the work on a hostile body; no message comes near it. */
const MAX_SCANNED = 4096;
const MAX_DETAILS = 32;

const STATUS_TEXT: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
  429: "Too Many Requests",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

/**
 * Reads a failed answer. Never throws, whatever the body is.
 *
 * A `Retry-After` that is a date needs `now` (epoch ms) to become a wait; without it such a header
 * counts as absent.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseApiError } from "./api_error.ts";
 *
 * const body = '{"error_code":403,"message":"Invalid access token."}';
 * const error = parseApiError(403, new Headers({ "retry-after": "2" }), body);
 * assert.equal(error.code, "403");
 * assert.equal(error.message, "Invalid access token.");
 * assert.equal(error.retryAfterMs, 2_000);
 * ```
 */
export function parseApiError(
  status: number,
  headers: Pick<Headers, "get">,
  body: string,
  options: { readonly now?: number } = {},
): ApiError {
  const read = readErrorBody(body);
  const reasonPhrase = cleanText(headers.get("x-databricks-reason-phrase") ?? "") || null;
  const fallback = cleanText(body, MAX_UNKNOWN_BODY) || (reasonPhrase ?? statusText(status));
  return {
    status,
    code: read.code === null ? null : cleanText(read.code),
    message: cleanText(read.message ?? "") || fallback,
    reasonPhrase,
    requestId: findRequestId(read.details),
    retryAfterMs: parseRetryAfter(headers.get("retry-after"), options.now) ??
      findRetryDelay(read.details),
  };
}

/** The fields of an error body in any known shape. Never throws. */
export function readErrorBody(body: string): ErrorBody {
  const text = body.trim();
  const json = parseJson(text);
  const envelope = unwrapEnvelope(json);
  if (envelope !== null) return splitCode({ shape: "json", ...envelope });

  const bare = { code: null, isExternal: false, details: [] };
  if (text === "") return { shape: "empty", message: null, ...bare };
  if (json !== undefined && typeof json !== "string") {
    return { shape: "json", message: null, ...bare };
  }
  const html = readHtml(text);
  if (html !== null) return splitCode({ shape: "html", message: html, ...bare });
  return splitCode({ shape: "text", message: typeof json === "string" ? json : text, ...bare });
}

type Envelope = Omit<ErrorBody, "shape">;

/**
 * The gateway puts a provider's error into `message` as JSON text
 * (https://github.com/tidyverse/ellmer/issues/932), at times more than once.
 */
function unwrapEnvelope(json: unknown): Envelope | null {
  const outer = asRecord(json);
  if (outer === null) return null;
  let found = readEnvelope(outer);
  for (let level = 0; level < MAX_NESTED_MESSAGES && found.message !== null; level++) {
    const inner = asRecord(parseJson(found.message.trim()));
    if (inner === null) break;
    const next = readEnvelope(inner);
    if (next.message === null) break;
    found = {
      code: pickCode([found.code, next.code]),
      message: next.message,
      isExternal: found.isExternal || next.isExternal,
      details: found.details.length > 0 ? found.details : next.details,
    };
  }
  return found;
}

function readEnvelope(record: Json): Envelope {
  // {"external_model_provider":"…","external_model_error":{…}}, see
  // https://github.com/block/goose/issues/6336
  const external = record.external_model_error;
  const holder = asRecord(external) ?? record;
  const error = asRecord(holder.error);
  // OAuth's `error` is a code word, API 1.2's is a sentence.
  const word = typeof holder.error === "string" && /^[a-z_]+$/.test(holder.error)
    ? holder.error
    : null;
  return {
    code: pickCode([
      record.error_code,
      holder.error_code,
      holder.errorCode,
      error?.code,
      error?.status,
      error?.type,
      holder.scimType,
      word,
      holder.code,
    ]),
    message: pickText([
      error?.message,
      holder.error_description,
      holder.message,
      holder.errorSummary,
      holder.detail,
      holder.error,
      external,
      record.message,
    ]),
    isExternal: external !== undefined,
    details: asArray(record.details) ?? asArray(error?.details) ?? [],
  };
}

/** `CODE: text` is the shape of plain answers, and of some messages without a code of their own. */
function splitCode(body: ErrorBody): ErrorBody {
  const [, code, message] = /^([A-Z][A-Z_]+): (.+)$/s.exec(body.message ?? "") ?? [];
  if (code === undefined || message === undefined) return body;
  return body.code === null || isNumeric(body.code) ? { ...body, code, message } : body;
}

/** A name says more than a number, wherever it stands. */
function pickCode(candidates: readonly unknown[]): string | null {
  const codes = candidates.filter((code) => typeof code === "string" || typeof code === "number")
    .map(String).filter((code) => /^[\w.-]{1,64}$/.test(code));
  return codes.find((code) => !isNumeric(code)) ?? codes[0] ?? null;
}

function pickText(candidates: readonly unknown[]): string | null {
  const text = candidates.find((text) => typeof text === "string" && text.trim() !== "");
  return typeof text === "string" ? text : null;
}

function isNumeric(code: string): boolean {
  return /^-?\d+$/.test(code);
}

/** The text of `<pre>`, else of `<title>` without its "Error 403"; `null` if it is not HTML. */
function readHtml(text: string): string | null {
  if (!text.startsWith("<")) return null;
  return readElement(text, /<pre[\s>]/i, /<\/pre/i) ??
    readElement(text, /<title[\s>]/i, /<\/title/i)?.replace(/^Error \d{3}:?\s+/i, "") ?? null;
}

function readElement(text: string, open: RegExp, close: RegExp): string | null {
  const tag = text.search(open);
  if (tag === -1) return null;
  const rest = text.slice(text.indexOf(">", tag) + 1);
  const end = rest.search(close);
  const inner = (end === -1 ? rest : rest.slice(0, end)).slice(0, MAX_SCANNED);
  return inner.replace(/<[^<>]*>/g, " ").replaceAll("&lt;", "<").replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&amp;", "&").trim() || null;
}

function findRequestId(details: readonly unknown[]): string | null {
  for (const detail of details.slice(0, MAX_DETAILS)) {
    const id = asRecord(detail)?.request_id;
    if (typeof id === "string" && /^[\w.:-]{1,100}$/.test(id)) return cleanText(id);
  }
  return null;
}

/** RetryInfo's `retry_delay` is a duration such as `"1.5s"`. */
function findRetryDelay(details: readonly unknown[]): number | null {
  for (const detail of details.slice(0, MAX_DETAILS)) {
    const record = asRecord(detail);
    const delay = record?.retry_delay ?? record?.retryDelay;
    const [, seconds] = typeof delay === "string"
      ? /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(delay) ?? []
      : [];
    if (seconds !== undefined) return Math.ceil(Number(seconds) * 1000);
  }
  return null;
}

function parseRetryAfter(value: string | null, now: number | undefined): number | null {
  if (value === null) return null;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  // Date.parse reads nearly anything as a date, "-1" too, so the form is checked first.
  if (now === undefined || !/^[A-Za-z]{3,9}, .+ GMT$/.test(value)) return null;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

function cleanText(text: string, maxLength = MAX_MESSAGE): string {
  // Invisible characters go first, so that none of them can hide a token from the redaction.
  const line = redactTokens(flatten(text.slice(0, MAX_SCANNED)));
  return (line.length > maxLength ? `${line.slice(0, maxLength - 1)}…` : line).toWellFormed();
}

function statusText(status: number): string {
  return `HTTP ${status} ${STATUS_TEXT[status] ?? ""}`.trim();
}

/** `undefined` for what is not JSON; deep nesting only ever fails inside the try. */
function parseJson(text: string): unknown {
  if (!/^[[{"]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An object, or the first one of a list, which is how Gemini answers a stream that fails. */
function asRecord(value: unknown): Json | null {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return isRecord(first) ? first : null;
}

function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function asArray(value: unknown): readonly unknown[] | null {
  return Array.isArray(value) ? value : null;
}

/**
 * An answer of the workspace → the documented value, or the error that says what to do.
 *
 * @module
 */

import * as v from "valibot";
import { CredentialError, type CredentialFailure } from "../support/errors.ts";
import { type ApiError, parseApiError } from "./api_error.ts";
import { classifyAuthFailure } from "./auth_failure.ts";
import type { WorkspaceReply } from "./workspace_request.ts";

/** What a reply was to. */
export interface ReplyContext {
  /** What was attempted, as in "Cannot `create a token`". */
  readonly action: string;
  /** Origin that answered. */
  readonly host: string;
  /** Epoch ms. */
  readonly now: number;
  /** Which kind of credential was sent; a refused client is not a dead token. */
  readonly credential: "token" | "client";
}

const ADVICE: Readonly<Record<CredentialFailure, string>> = {
  unreachable: "This passes as a rule: try again later.",
  throttled: "Wait before trying again.",
  "dead-token": "The token that was sent is expired or revoked: give the profile a live one.",
  forbidden:
    "Ask a workspace admin whether this user may use personal access tokens, from this address.",
  quota: "Revoke tokens that nobody uses: a user can have 600 in a workspace.",
  disabled:
    "Ask a workspace admin to allow personal access tokens, or set DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET.",
  malformed: "Check that DATABRICKS_HOST is the address of a workspace.",
};

const CLIENT_ADVICE = "Check DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET.";

const MAX_FIELDS_NAMED = 5;

/**
 * The value of `reply`, checked against `schema`.
 *
 * @throws {CredentialError} of the kind that the reply amounts to; names fields, never values.
 */
export function readReply<T extends v.GenericSchema>(
  reply: WorkspaceReply,
  schema: T,
  context: ReplyContext,
): v.InferOutput<T> {
  if (!isSuccess(reply.status)) throw replyError(reply, context);
  const result = v.safeParse(schema, parseJson(reply, context));
  if (result.success) return result.output;
  // The issues' own messages quote the values, one of which is the token.
  const fields = result.issues.map((issue) => `"${v.getDotPath(issue) ?? "(the whole)"}"`);
  throw malformed(
    context,
    `answered ${reply.status} with JSON in which ${
      fields.slice(0, MAX_FIELDS_NAMED).join(", ")
    } is missing or not as documented. ${ADVICE.malformed}`,
  );
}

function parseJson(reply: WorkspaceReply, context: ReplyContext): unknown {
  if (reply.isTruncated) {
    throw malformed(context, "answered with more than 1 MiB, which no documented answer needs.");
  }
  try {
    return JSON.parse(reply.text);
  } catch {
    // The parser's message quotes the text, which may hold a token, so it is not kept as the cause.
    const what = isHtml(reply)
      ? "a web page, as a login page or an account console does"
      : "something that is not JSON";
    throw malformed(context, `answered ${reply.status} with ${what}. ${ADVICE.malformed}`);
  }
}

function replyError(reply: WorkspaceReply, context: ReplyContext): CredentialError {
  if (isRedirect(reply.status)) return malformed(context, describeRedirect(reply.headers));
  const error = parseApiError(reply.status, reply.headers, reply.text, { now: context.now });
  const kind = findKind(error, reply, context);
  const isClientRefused = context.credential === "client" && kind === "forbidden";
  const advice = isClientRefused ? CLIENT_ADVICE : ADVICE[kind];
  return new CredentialError(
    kind,
    `Cannot ${context.action}: ${context.host} answered ${describe(error)} ${advice}`,
    { retryAfterMs: error.retryAfterMs },
  );
}

/** Whether the status is a 2xx. */
export function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299;
}

/** An answer that is not what was documented; `detail` says what `host` did. */
export function malformed(
  context: Pick<ReplyContext, "action" | "host">,
  detail: string,
): CredentialError {
  const { action, host } = context;
  return new CredentialError("malformed", `Cannot ${action}: ${host} ${detail}`);
}

function findKind(
  error: ApiError,
  reply: WorkspaceReply,
  context: ReplyContext,
): CredentialFailure {
  const { status, code } = error;
  if (code === "QUOTA_EXCEEDED") return "quota";
  if (status === 429) return "throttled";
  if (status >= 500) return "unreachable";
  if (context.credential === "token") {
    const failure = classifyAuthFailure(status, reply.headers, reply.text);
    if (failure === "dead-token") return "dead-token";
    if (code === "FEATURE_DISABLED" || saysDisabled(error.message)) return "disabled";
  }
  if (status === 400 || status === 401 || status === 403) return "forbidden";
  // Request timeout, and a write that met another one: both pass.
  return status === 408 || status === 409 ? "unreachable" : "malformed";
}

/** The exact texts are not documented, so this looks for the sense. */
function saysDisabled(message: string): boolean {
  return /\btokens?\b[^.]{0,80}\b(?:disabled|not enabled)\b/i.test(message) ||
    /\b(?:disabled|not enabled)\b[^.]{0,80}\btokens?\b/i.test(message) ||
    // https://github.com/databricks-demos/dbdemos/issues/241
    /\bfeature\b[^.]{0,80}\bdisabled\b/i.test(message);
}

function describe({ status, code, message }: ApiError): string {
  const name = code === null || code === String(status) ? "" : ` ${code}`;
  return `${status}${name}: ${/[.!?…]$/.test(message) ? message : `${message}.`}`;
}

function isRedirect(status: number): boolean {
  // 0 is what a fetch reports that hides redirects.
  return status === 0 || (status >= 300 && status <= 399);
}

function describeRedirect(headers: Headers): string {
  const location = headers.get("location") ?? "";
  // https://github.com/databricks/databricks-sdk-py/blob/main/databricks/sdk/errors/private_link.py
  if (location.includes("error=private-link-validation-error")) {
    return "answered with a redirect that says this network may not reach it. Go through the workspace's private link.";
  }
  // The query may hold what nobody should log.
  const [path] = location.split(/[?#]/, 1);
  const target = path && /^[\w.:/-]{1,200}$/.test(path) ? ` to ${path}` : "";
  return `answered with a redirect${target}, which was not followed. DATABRICKS_HOST looks like an account console or a login page: give the address of the workspace.`;
}

function isHtml(reply: WorkspaceReply): boolean {
  return /\btext\/html\b/i.test(reply.headers.get("content-type") ?? "") ||
    reply.text.trimStart().startsWith("<");
}

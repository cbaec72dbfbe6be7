/**
 * One request to the workspace: never redirected, never endless, never more than 1 MiB read.
 *
 * @module
 */

import { CredentialError } from "../support/errors.ts";
import { adviseOnCertificate, explainFetch, isUntrusted } from "../support/fetch_failure.ts";

/** The part of `fetch` that is used; a test can give its own. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** What is asked of the workspace. */
export interface WorkspaceRequest {
  /** What it is for, as in "Cannot `create a token`". */
  readonly action: string;
  /** HTTP method. */
  readonly method: "GET" | "POST";
  /** Origin, without a final slash. */
  readonly host: string;
  /** Path and query. */
  readonly path: string;
  /** The whole value of the `authorization` header. */
  readonly authorization: string;
  /** What to send, with its content type. */
  readonly body?: { readonly type: string; readonly text: string };
}

/** How it is asked. */
export interface SendOptions {
  /** Does the request. */
  readonly fetch: Fetch;
  /** Longest wait for the whole answer. */
  readonly timeoutMs: number;
  /** Version of Keyturn for the `user-agent`. */
  readonly version?: string | undefined;
  /** Gives up early. */
  readonly signal?: AbortSignal | undefined;
}

/** What came back, read to its end or to the cap. */
export interface WorkspaceReply {
  /** HTTP status, 0 where the fetch hides that of a redirect. */
  readonly status: number;
  /** Its headers. */
  readonly headers: Headers;
  /** The first 1 MiB of the body. */
  readonly text: string;
  /** Whether there was more. */
  readonly isTruncated: boolean;
}

const MAX_REPLY_BYTES = 1024 * 1024;

/**
 * Sends `request` once and reads the answer, whatever its status.
 *
 * @throws {CredentialError} "unreachable" if no whole answer came, "malformed" if the
 * authorization cannot be sent as a header.
 */
export async function sendRequest(
  request: WorkspaceRequest,
  options: SendOptions,
): Promise<WorkspaceReply> {
  const { action, host } = request;
  const headers = buildHeaders(request, options.version);
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal ? AbortSignal.any([timeout, options.signal]) : timeout;
  try {
    const response = await options.fetch(`${host}${request.path}`, {
      method: request.method,
      headers,
      body: request.body?.text ?? null,
      // The way to the login page would carry the bearer along
      // (https://github.com/databricks/terraform-provider-databricks/issues/4458).
      redirect: "manual",
      signal,
    });
    const { text, isTruncated } = await readCapped(response.body);
    return { status: response.status, headers: response.headers, text, isTruncated };
  } catch (cause) {
    throw new CredentialError("unreachable", `Cannot ${action}: ${explain(cause)}`, { cause });
  }

  function explain(cause: unknown): string {
    const seconds = options.timeoutMs / 1000;
    if (options.signal?.aborted) return `the request to ${host} was called off.`;
    if (timeout.aborted) {
      return `${host} did not answer within ${seconds} s. Check the network and DATABRICKS_HOST.`;
    }
    const reason = explainFetch(cause);
    if (isUntrusted(cause)) {
      const advice = adviseOnCertificate(reason);
      return `the certificate of ${host} is not trusted (${reason}): ${advice}.`;
    }
    return `no answer from ${host} (${reason}). Check the network and DATABRICKS_HOST.`;
  }
}

function buildHeaders(request: WorkspaceRequest, version: string | undefined): Headers {
  const headers = new Headers({
    accept: "application/json",
    "accept-encoding": "identity",
    "user-agent": version === undefined ? "keyturn" : `keyturn/${version}`,
  });
  if (request.body !== undefined) headers.set("content-type", request.body.type);
  try {
    headers.set("authorization", request.authorization);
  } catch {
    // The thrown error quotes the value, so it is not kept as the cause.
    throw new CredentialError(
      "malformed",
      `Cannot ${request.action}: the credential at hand holds characters that no HTTP header can carry. Check for a line break in it.`,
    );
  }
  return headers;
}

async function readCapped(
  body: ReadableStream<Uint8Array> | null,
): Promise<{ text: string; isTruncated: boolean }> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  // Leaving the loop early cancels the stream.
  for await (const chunk of body ?? []) {
    const room = MAX_REPLY_BYTES - bytes;
    text += decoder.decode(chunk.subarray(0, room), { stream: true });
    if (chunk.length > room) return { text, isTruncated: true };
    bytes += chunk.length;
  }
  return { text: text + decoder.decode(), isTruncated: false };
}

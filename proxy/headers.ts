/**
 * Which headers leave for the workspace and which come back.
 *
 * @module
 */

import type { Secret } from "../workspace/credential.ts";
import type { HeaderView } from "./read_headers.ts";

/** Names and values; `fetch` and `Response` take them faster than a `Headers` made for them. */
export type HeaderList = [name: string, value: string][];

// https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1
const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "trailers",
  "transfer-encoding",
  "upgrade",
];

// Every way in which a caller can show a credential. One left behind could be spent upstream
// instead of ours, or be read by whoever logs there.
const CREDENTIALS = [
  "authorization",
  "x-api-key",
  "api-key",
  "x-goog-api-key",
  "cookie",
  "x-databricks-authorization",
  "x-databricks-ai-gateway-token",
  "x-databricks-azure-sp-management-token",
  "x-databricks-gcp-sa-access-token",
];

const NOT_SENT = new Set([
  ...HOP_BY_HOP,
  ...CREDENTIALS,
  "accept-encoding",
  "host",
  "content-length",
  "expect",
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-real-ip",
  "via",
]);

// A workspace's cookies are its sessions, and its CORS and transport policies speak of another
// origin than ours. Which repairs were made here is said by nobody else.
const NOT_RETURNED = new Set([
  ...HOP_BY_HOP,
  "set-cookie",
  "set-cookie2",
  "alt-svc",
  "strict-transport-security",
  "x-keyturn-repairs",
]);

/**
 * The caller's headers without what concerns only this connection, without any credential, and
 * with exactly one bearer: ours.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Secret } from "../workspace/credential.ts";
 * import { outboundHeaders } from "./headers.ts";
 *
 * const caller = new Headers({ "x-api-key": "kt_pi_1", "connection": "x-hop", "x-hop": "1" });
 * const headers = outboundHeaders(caller, new Secret("dapi-1"));
 * assert.deepEqual(headers, [
 *   ["accept-encoding", "identity"],
 *   ["authorization", "Bearer dapi-1"],
 * ]);
 * ```
 */
export function outboundHeaders(caller: HeaderView, bearer: Secret): HeaderList {
  const nominated = nominatedBy(caller);
  const headers: HeaderList = [];
  for (const [name, value] of caller) {
    if (NOT_SENT.has(name) || nominated?.has(name) === true) continue;
    headers.push([name, value]);
  }
  // `fetch` decodes what it gets and leaves headers that no longer fit, unless this is what was
  // asked for; and errors and events have to be readable here
  // (https://github.com/denoland/deno/pull/34867).
  headers.push(["accept-encoding", "identity"]);
  headers.push(["authorization", `Bearer ${bearer.reveal()}`]);
  return headers;
}

/** The upstream's headers without what concerns only its connection or its origin. */
export function inboundHeaders(upstream: HeaderView): HeaderList {
  const nominated = nominatedBy(upstream);
  const headers: HeaderList = [];
  for (const [name, value] of upstream) {
    const isDropped = NOT_RETURNED.has(name) || name.startsWith("access-control-");
    if (!isDropped && nominated?.has(name) !== true) headers.push([name, value]);
  }
  return headers;
}

/** The headers that `Connection` names: they end at this hop as well. */
function nominatedBy(headers: HeaderView): ReadonlySet<string> | null {
  const connection = headers.get("connection");
  if (connection === null || connection === "keep-alive" || connection === "close") return null;
  return new Set(connection.toLowerCase().split(",").map((name) => name.trim()));
}

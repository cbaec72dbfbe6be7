/**
 * What people paste as a workspace address → the origin or base URL that requests are sent to.
 *
 * The host that comes out is handed to the permission list of an isolate, so nothing that such a
 * list reads in its own way (a wildcard, a comma) may pass.
 *
 * @module
 */

import { redactTokens } from "./redact.ts";

/**
 * The origin that `text` names: `https://` is added, path and query are dropped. Plain `http`
 * passes only for a loopback host.
 *
 * @throws {Error} whose message goes on where the quoted value ends, and never repeats a password.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseHost } from "./host.ts";
 *
 * assert.equal(
 *   parseHost("https://adb-1.azuredatabricks.net/?o=123"),
 *   "https://adb-1.azuredatabricks.net",
 * );
 * assert.equal(parseHost("dbc-1.cloud.databricks.com"), "https://dbc-1.cloud.databricks.com");
 * assert.throws(() => parseHost("http://dbc-1.cloud.databricks.com"), /wanted https/);
 * ```
 */
export function parseHost(text: string): string {
  return parseWebUrl(text).origin;
}

/**
 * The base URL that `text` names: `https://` is added, final slashes are dropped, a query is refused.
 *
 * @throws {Error} as {@link parseHost} does.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseBaseUrl } from "./host.ts";
 *
 * assert.equal(parseBaseUrl("h.example/mlflow/v1/"), "https://h.example/mlflow/v1");
 * assert.throws(() => parseBaseUrl("https://h.example/v1?a=b"), /has a query/);
 * ```
 */
export function parseBaseUrl(text: string): string {
  const url = parseWebUrl(text);
  if (text.includes("?")) throw new Error("has a query; wanted a base URL without one");
  return url.origin + url.pathname.replace(/\/+$/, "");
}

/**
 * Whether `host` is this machine: 127.0.0.0/8, `::1` (also in brackets) or `localhost`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { isLoopback } from "./host.ts";
 *
 * assert.ok(isLoopback("127.8.0.1"));
 * assert.ok(!isLoopback("127.0.0.1.example"));
 * ```
 */
export function isLoopback(host: string): boolean {
  return /^(?:127(?:\.\d{1,3}){3}|::1|\[::1\]|localhost)$/i.test(host);
}

const WANTED = "wanted https://<host>";

function parseWebUrl(text: string): URL {
  const trimmed = text.trim();
  if (trimmed === "") throw new Error(`is empty; ${WANTED}`);
  // The URL parser drops tabs and line breaks and reads `\` as `/`: `https://a\@b` would be host a.
  if (/[\s\p{C}\\]/u.test(trimmed)) {
    throw new Error(`holds whitespace, a backslash or a control character; ${WANTED}`);
  }
  if (trimmed.includes("#")) throw new Error(`has a fragment (#…); ${WANTED}`);
  const url = URL.parse(withScheme(trimmed));
  // `https://@host` has an empty user name, which the URL parser forgets.
  if (/^(?:[^/]*\/\/)?[^/?]*@/.test(trimmed) || url?.username || url?.password) {
    throw new Error(`holds a user name or password; ${WANTED}`);
  }
  if (url === null || !/^(?:\[[0-9a-f:]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)$/.test(url.hostname)) {
    throw new Error(`is not a host name or URL; ${WANTED}`);
  }
  // Pasted into the wrong line, it would be shown wherever the host is.
  if (!url.hostname.includes(".") && redactTokens(url.hostname) !== url.hostname) {
    throw new Error(`is a token; ${WANTED}`);
  }
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    throw new Error(`is plain http to another machine; ${WANTED}`);
  }
  return url;
}

function withScheme(text: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === "https" || scheme === "http") return text;
  // `host:8443` is no scheme, but `https:/host` and `mailto:x` are.
  if (scheme !== undefined || /^[a-z][a-z0-9+.-]*:(?!\d+(?:[/?]|$))[^@]*$/i.test(text)) {
    throw new Error(`does not begin as a web address; ${WANTED}`);
  }
  if (text.startsWith("/")) throw new Error(`has no host; ${WANTED}`);
  return `https://${text}`;
}

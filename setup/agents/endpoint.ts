/**
 * Whose endpoint an address in an agent's config is.
 *
 * @module
 */

import { isLoopback } from "../../workspace/host.ts";

/**
 * Where agents of this machine reach the proxy.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { proxyOrigin } from "./endpoint.ts";
 *
 * assert.equal(proxyOrigin({ proxyHost: "0.0.0.0", proxyPort: 4000 }), "http://127.0.0.1:4000");
 * assert.equal(proxyOrigin({ proxyHost: "::1", proxyPort: 4000 }), "http://[::1]:4000");
 * ```
 */
export function proxyOrigin(
  { proxyHost, proxyPort }: { readonly proxyHost: string; readonly proxyPort: number },
): string {
  const host = proxyHost.replace(/^\[|\]$/g, "");
  // All addresses of the machine are listened on, and that is none to connect to.
  if (host === "0.0.0.0" || host === "::") return `http://127.0.0.1:${proxyPort}`;
  return `http://${host.includes(":") ? `[${host}]` : host}:${proxyPort}`;
}

/** What is known of the addresses in use. */
export interface KnownEndpoints {
  /** `http://<host>:<port>` of the proxy. */
  readonly proxyOrigin: string;
  /** Origin of the workspace, `null` if not known. */
  readonly databricksHost: string | null;
}

/** The port of the proxy that setups before Keyturn wrote. */
const EARLIER_PORT = "4000";

// The three clouds' workspaces and the gateways beside them.
const DATABRICKS =
  /\.(?:databricks\.com|azuredatabricks\.net|databricks\.azure\.(?:cn|us)|databricks\.us)$/;

/**
 * Whether `address` leads to the proxy, to the workspace, or somewhere else.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { endpointOf } from "./endpoint.ts";
 *
 * const known = { proxyOrigin: "http://127.0.0.1:4123", databricksHost: null };
 * assert.equal(endpointOf("http://localhost:4123/v1", known), "proxy");
 * assert.equal(endpointOf("http://127.0.0.1:4000", known), "proxy");
 * assert.equal(endpointOf("https://adb-1.2.azuredatabricks.net/serving-endpoints", known), "workspace");
 * assert.equal(endpointOf("https://openrouter.ai/api/v1", known), "other");
 * ```
 */
export function endpointOf(
  address: string,
  known: KnownEndpoints,
): "proxy" | "workspace" | "other" {
  const url = URL.parse(address);
  if (url === null) return "other";
  const ports = [EARLIER_PORT, URL.parse(known.proxyOrigin)?.port];
  if (isLoopback(url.hostname)) return ports.includes(url.port) ? "proxy" : "other";
  const isWorkspace = url.origin === known.databricksHost || DATABRICKS.test(url.hostname);
  return isWorkspace ? "workspace" : "other";
}

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

/** The ports of the proxies that setups before Keyturn wrote. */
const EARLIER_PORTS = ["4000", "4001"];

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
  const ports = [...EARLIER_PORTS, URL.parse(known.proxyOrigin)?.port];
  if (isLoopback(url.hostname)) return ports.includes(url.port) ? "proxy" : "other";
  const isWorkspace = url.origin === known.databricksHost || DATABRICKS.test(url.hostname);
  return isWorkspace ? "workspace" : "other";
}

/**
 * Whether `text` looks like a credential of the workspace: a personal access token or an OAuth
 * access token, with `Bearer` before it or without.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { isWorkspaceToken } from "./endpoint.ts";
 *
 * assert.ok(isWorkspaceToken("dapi0123") && isWorkspaceToken("Bearer eyJhbGciOi.e30.c2ln"));
 * assert.ok(!isWorkspaceToken("sk-ant-1") && !isWorkspaceToken(undefined));
 * ```
 */
export function isWorkspaceToken(text: unknown): boolean {
  return typeof text === "string" && /^(?:Bearer +)?(?:dapi|dkea|dose|eyJ)/.test(text);
}

/**
 * What stands at an address and a key that an agent has one of each: nothing yet, what is ours to
 * replace, or a choice of the person's.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { ownerOf } from "./endpoint.ts";
 *
 * const known = { proxyOrigin: "http://127.0.0.1:4000", databricksHost: null };
 * assert.equal(ownerOf({ address: undefined, key: undefined }, known), "nobody");
 * assert.equal(ownerOf({ address: "http://127.0.0.1:4000/v1", key: "x" }, known), "us");
 * assert.equal(ownerOf({ address: undefined, key: "dapi0123" }, known), "us");
 * assert.equal(ownerOf({ address: "https://lab.example", key: "dapi0123" }, known), "person");
 * assert.equal(ownerOf({ address: undefined, key: "sk-ant-1" }, known), "person");
 * assert.equal(ownerOf({ address: "http://127.0.0.1:4999", key: "kt_pi_1" }, known), "us");
 * ```
 */
export function ownerOf(
  { address, key }: { readonly address: unknown; readonly key: unknown },
  known: KnownEndpoints,
): "nobody" | "us" | "person" {
  if (typeof address === "string" && address !== "") {
    return endpointOf(address, known) !== "other" || isMoved(address, key) ? "us" : "person";
  }
  if (typeof key !== "string" || key === "") return "nobody";
  return isWorkspaceToken(key) || key.startsWith("kt_") ? "us" : "person";
}

/** Keyturn listened on another port when this was written. */
function isMoved(address: string, key: unknown): boolean {
  const { hostname } = URL.parse(address) ?? {};
  const isHere = hostname !== undefined && isLoopback(hostname);
  return isHere && typeof key === "string" && key.startsWith("kt_");
}

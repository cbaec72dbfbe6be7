/**
 * The way to an address on this machine, which leads through no proxy.
 *
 * `fetch` takes `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` from the environment, also
 * where a worker may not read it, and makes no exception for loopback. So a key or token for
 * `http://127.0.0.1` would go to a proxy that is somewhere else, in clear.
 *
 * @module
 */

/**
 * Options of a client for `origin`. Plain http is spoken with this machine alone: that is connected
 * to itself, and sees targets with its own name in front. For anything else the environment decides.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { clientOptionsFor } from "./direct_client.ts";
 *
 * assert.deepEqual(clientOptionsFor("https://adb-1.azuredatabricks.net"), {});
 * assert.deepEqual(clientOptionsFor("http://[::1]:4000"), {
 *   proxy: { transport: "tcp", hostname: "::1", port: 4000 },
 * });
 * ```
 */
export function clientOptionsFor(origin: string): Deno.CreateHttpClientOptions {
  const { protocol, hostname, port } = new URL(origin);
  if (protocol !== "http:") return {};
  const address = hostname.replace(/^\[(.*)\]$/, "$1");
  return { proxy: { transport: "tcp", hostname: address, port: Number(port || "80") } };
}

/** `fetch` of something on this machine. */
export async function fetchDirect(url: string, init: RequestInit = {}): Promise<Response> {
  using client = Deno.createHttpClient(clientOptionsFor(new URL(url).origin));
  return await fetch(url, { ...init, client });
}

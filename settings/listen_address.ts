/**
 * The address that the proxy listens on.
 *
 * @module
 */

import type { Parser } from "./parsers.ts";
import { quote } from "./show.ts";

/** IPv4, IPv6 (its brackets are dropped) or a host name, without a port. */
export const listenAddress: Parser<string> = { show: quote, parse: parseListenAddress };

/**
 * The address in its shortest spelling, so that two spellings of loopback are one.
 *
 * @throws {Error} with the reason.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseListenAddress } from "./listen_address.ts";
 *
 * assert.equal(parseListenAddress("[0:0:0:0:0:0:0:1]"), "::1");
 * assert.equal(parseListenAddress("LocalHost"), "localhost");
 * assert.throws(() => parseListenAddress("127.0.0.1:4000"), /without a port/);
 * ```
 */
export function parseListenAddress(text: string): string {
  const lower = text.toLowerCase();
  const address = lower.includes(":") ? parseIpv6(lower) : parseNameOrIpv4(lower);
  if (address === null) {
    throw new Error(
      "is not an address; wanted one such as 127.0.0.1, ::1 or localhost, without a port",
    );
  }
  return address;
}

function parseIpv6(text: string): string | null {
  const bare = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  if (!/^[0-9a-f:.]+$/.test(bare)) return null;
  return URL.parse(`http://[${bare}]/`)?.hostname.slice(1, -1) ?? null;
}

function parseNameOrIpv4(text: string): string | null {
  if (!/^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/.test(text)) return null;
  // The URL parser rewrites `127.1` and `0177.0.0.1`, which other programs read in other ways.
  return URL.parse(`http://${text}/`)?.hostname === text ? text : null;
}

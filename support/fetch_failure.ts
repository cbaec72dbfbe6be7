/**
 * Why a `fetch` failed. Deno's error says "fetch failed" and no more; its cause says how far it
 * came, in the words of the library beneath.
 *
 * @module
 */

import { describeError } from "./errors.ts";

/**
 * The reason in words, without the addresses that the caller knows anyway.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { explainFetch } from "./fetch_failure.ts";
 *
 * const cause = new Error(
 *   "error sending request for url (http://a/): client error (Connect): tcp connect error: " +
 *     "Connection refused (os error 111)",
 * );
 * assert.equal(
 *   explainFetch(new TypeError("fetch failed", { cause })),
 *   "tcp connect error: Connection refused",
 * );
 * assert.equal(explainFetch(new Error("Signal timed out.")), "Signal timed out");
 * ```
 */
export function explainFetch(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const text = describeError(cause).replace(/^.*client error \(\w+\): /s, "");
  return text.replace(/ \(os error \d+\)/, "").replace(/\.$/, "");
}

/** Whether nobody was reached at all. */
export function isUnconnected(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : null;
  return /client error \(Connect\)/.test(describeError(cause)) && !isUntrusted(error);
}

/** Whether somebody was reached whose certificate is not to be trusted. */
export function isUntrusted(error: unknown): boolean {
  // Not the whole cause: that has the address, in which such words may stand.
  return /certificate|UnknownIssuer|tls|handshake/i.test(explainFetch(error));
}

/**
 * What to do about a certificate that is refused for `reason`; a clause without a final period.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { adviseOnCertificate } from "./fetch_failure.ts";
 *
 * assert.match(adviseOnCertificate("invalid peer certificate: UnknownIssuer"), /DENO_CERT/);
 * assert.match(adviseOnCertificate("invalid peer certificate: certificate expired"), /clock/);
 * ```
 */
export function adviseOnCertificate(reason: string): string {
  if (/expired|not valid yet|NotValidYet/i.test(reason)) {
    return "check this machine's clock; if that is right, whoever runs the server has to renew it";
  }
  if (/not valid for name|NotValidForName/i.test(reason)) {
    return "DATABRICKS_HOST must be a name that the certificate is for; otherwise somebody stands " +
      "in between";
  }
  return "behind a company's proxy, give Deno its authority: DENO_CERT=/path/to/ca.pem or " +
    "DENO_TLS_CA_STORE=system; otherwise somebody stands in between";
}

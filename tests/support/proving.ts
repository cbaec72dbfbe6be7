/**
 * Stand-ins for the running service, as far as `setup` is concerned: it proves that it knows the
 * operator's key, and then lists models.
 *
 * @module
 */

import { proofOf } from "../../support/challenge.ts";
import { readKeys } from "../../support/keys_file.ts";
import type { Secret } from "../../support/secret.ts";

/** The proof that the service at `url` gives, `null` if this is no challenge. */
export function provedBy(url: string, operator: Secret): Response | null {
  const { pathname, searchParams, port } = new URL(url);
  if (pathname !== "/keyturn/challenge") return null;
  const challenge = { nonce: searchParams.get("nonce") ?? "", port: Number(port) };
  return Response.json({ proof: proofOf(operator, challenge) });
}

/** A `fetch` that leads to a service that knows the keys of this home. */
export function provingFetch(
  home: string,
  answer: (url: string, init: RequestInit) => Response | Promise<Response>,
): (url: string, init: RequestInit) => Promise<Response> {
  return async (url, init) => {
    const keys = await readKeys(`${home}/.config/keyturn/keys.json`);
    const proof = keys === null ? null : provedBy(url, keys.operator);
    return proof ?? await answer(url, init);
  };
}

/**
 * Who stands behind the service's port. Whoever is to be shown a key has to prove first that it
 * belongs to this installation: whatever else listens there sees none.
 *
 * @module
 */

import { isProof, makeNonce } from "./challenge.ts";
import { fetchDirect } from "./direct_client.ts";
import { explainFetch, isUnconnected } from "./fetch_failure.ts";
import type { Secret } from "./secret.ts";

/** Where the service is. */
export interface ServicePlace {
  /** Address to connect to, in brackets if it is one of IPv6. */
  readonly hostname: string;
  /** From 1 on. */
  readonly port: number;
}

/** Who stands behind the port. */
export type Occupant =
  | { readonly kind: "ours" }
  /** Nobody listens; `reason` says how that was seen. */
  | { readonly kind: "nobody"; readonly reason: string }
  /** Something answers and does not know the key; `reason` says how. */
  | { readonly kind: "stranger"; readonly reason: string };

/** Longest wait for a proof, which nothing has to be done for. */
const PROOF_TIMEOUT_MS = 10_000;

/**
 * The place of the service by its settings.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { placeOf } from "./occupant.ts";
 *
 * const any = placeOf({ proxyHost: "0.0.0.0", proxyPort: 4000 });
 * assert.deepEqual(any, { hostname: "127.0.0.1", port: 4000 });
 * assert.equal(placeOf({ proxyHost: "::1", proxyPort: 4000 }).hostname, "[::1]");
 * ```
 */
export function placeOf(
  { proxyHost, proxyPort: port }: { readonly proxyHost: string; readonly proxyPort: number },
): ServicePlace {
  if (proxyHost === "0.0.0.0" || proxyHost === "::") return { hostname: "127.0.0.1", port };
  return { hostname: proxyHost.includes(":") ? `[${proxyHost}]` : proxyHost, port };
}

/** `http://…` without a final slash. */
export function originOf({ hostname, port }: ServicePlace): string {
  return `http://${hostname}:${port}`;
}

/** How {@link findOccupant} asks. */
export interface OccupantOptions {
  /** Gives up early. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Makes the request.
   * @default {fetchDirect}
   */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

/** Asks whoever listens at `place` for a proof that it knows `operator`, which it is not told. */
export async function findOccupant(
  place: ServicePlace,
  operator: Secret,
  options: OccupantOptions = {},
): Promise<Occupant> {
  const { fetch = fetchDirect } = options;
  const timeout = AbortSignal.timeout(PROOF_TIMEOUT_MS);
  const signal = options.signal === undefined
    ? timeout
    : AbortSignal.any([timeout, options.signal]);
  const nonce = makeNonce(crypto.getRandomValues(new Uint8Array(32)));
  let response: Response;
  try {
    response = await fetch(`${originOf(place)}/keyturn/challenge?nonce=${nonce}`, {
      redirect: "manual",
      signal,
    });
  } catch (error) {
    const reason = explainFetch(error);
    // What listens and says nothing, or something that is not HTTP, is not nobody.
    return isUnconnected(error) ? { kind: "nobody", reason } : { kind: "stranger", reason };
  }
  const answer = await readProof(response);
  if (isProof(answer, operator, { nonce, port: place.port })) return { kind: "ours" };
  const reason = answer === null
    ? `it answers the challenge with ${response.status}`
    : "its proof is that of another key or port";
  return { kind: "stranger", reason };
}

async function readProof(response: Response): Promise<unknown> {
  try {
    const { proof = null } = await response.json();
    return proof;
  } catch {
    return null;
  }
}

/** What is wrong with who stands behind the port, and what to do. */
export function describeOccupant(
  occupant: Exclude<Occupant, { readonly kind: "ours" }>,
  place: ServicePlace,
): string {
  const at = originOf(place);
  if (occupant.kind === "nobody") {
    return `no service answers at ${at}: ${occupant.reason}; start \`serve\``;
  }
  return `what answers at ${at} is not this installation's Keyturn (${occupant.reason}), so it ` +
    "was told no key; stop it, or set PROXY_PORT to the port of `serve`";
}

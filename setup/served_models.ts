/**
 * Which models the workspace serves, by the running service.
 *
 * @module
 */

import * as v from "valibot";
import { explainFetch } from "../support/fetch_failure.ts";
import {
  describeOccupant,
  findOccupant,
  originOf,
  type ServicePlace,
} from "../support/occupant.ts";
import type { Secret } from "../workspace/credential.ts";

const LISTING = v.object({ data: v.array(v.object({ id: v.pipe(v.string(), v.minLength(1)) })) });

/** How {@link listServedModels} asks. */
export interface ListingOptions {
  /** Where the service is to be. */
  readonly place: ServicePlace;
  /** What it has to know; it is not told. */
  readonly operator: Secret;
  /** The agent's local key, which is shown to nobody else. */
  readonly key: Secret;
  /** Makes the requests. */
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /**
   * Longest wait.
   * @default {1_500}
   */
  readonly timeoutMs?: number;
}

/** Names of models, or a sentence on why there are none. Setup goes on with its defaults then. */
export type ServedModels =
  | { readonly names: readonly string[]; readonly reason: null }
  | { readonly names: null; readonly reason: string };

/** Asks for them, once whoever listens has proved to be this installation's service. */
export async function listServedModels(options: ListingOptions): Promise<ServedModels> {
  const { place, operator, fetch, timeoutMs = 1_500 } = options;
  const signal = AbortSignal.timeout(timeoutMs);
  const occupant = await findOccupant(place, operator, { signal, fetch });
  if (occupant.kind !== "ours") return unknown(describeOccupant(occupant, place));
  try {
    return await askFor(options, signal);
  } catch (error) {
    return unknown(`the service at ${originOf(place)} gave no list: ${explainFetch(error)}`);
  }
}

async function askFor(
  { place, key, fetch }: ListingOptions,
  signal: AbortSignal,
): Promise<ServedModels> {
  const at = originOf(place);
  const headers = { authorization: `Bearer ${key.reveal()}` };
  const response = await fetch(`${at}/v1/models`, { headers, redirect: "error", signal });
  if (!response.ok) {
    await response.body?.cancel();
    return unknown(`the service at ${at} answers with ${response.status}; \`doctor\` says more`);
  }
  const listing = v.safeParse(LISTING, await response.json());
  const names = listing.success ? listing.output.data.map(({ id }) => id) : [];
  return names.length === 0
    ? unknown(`the service at ${at} knows of no models`)
    : { names, reason: null };
}

function unknown(reason: string): ServedModels {
  return { names: null, reason };
}

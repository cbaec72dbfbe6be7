/**
 * Which models the workspace serves, by the running service.
 *
 * @module
 */

import * as v from "valibot";
import type { Secret } from "../workspace/credential.ts";

const LISTING = v.object({ data: v.array(v.object({ id: v.pipe(v.string(), v.minLength(1)) })) });

/** How {@link listServedModels} asks. */
export interface ListingOptions {
  /** `http://<host>:<port>` of the service. */
  readonly origin: string;
  /** The agent's local key. */
  readonly key: Secret;
  /** Makes the request. */
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /**
   * Longest wait.
   * @default {1_500}
   */
  readonly timeoutMs?: number;
}

/**
 * Names of the models, `null` if the service is not there, does not know the key, or does not
 * know itself. Setup goes on with its defaults then.
 */
export async function listServedModels(
  { origin, key, fetch, timeoutMs = 1_500 }: ListingOptions,
): Promise<readonly string[] | null> {
  try {
    const response = await fetch(`${origin}/v1/models`, {
      headers: { authorization: `Bearer ${key.reveal()}` },
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) {
      await response.body?.cancel();
      return null;
    }
    const listing = v.safeParse(LISTING, await response.json());
    const names = listing.success ? listing.output.data.map(({ id }) => id) : [];
    return names.length === 0 ? null : names;
  } catch {
    // Not there, too slow, or something else on this port: there is a default for every model.
    return null;
  }
}

/**
 * Calls that any of several tokens can make: the next one is tried where one may not.
 *
 * @module
 */

import type { Secret } from "../workspace/credential.ts";
import { CredentialError } from "../support/errors.ts";

/** How {@link withAnyOf} calls. */
export interface BearerOptions<T> {
  readonly call: (bearer: Secret) => Promise<T>;
  /** Told of each bearer that the workspace calls dead. */
  readonly onDead?: (bearer: Secret) => void;
}

/**
 * The answer to `call` with the first of `bearers` that may make it. A failure that is not the
 * bearer's own ends it: another token would meet the same.
 *
 * @throws {CredentialError} what the last call threw, but rather that one may not than that
 * another is dead: it is nearer to working.
 */
export async function withAnyOf<T>(
  bearers: readonly Secret[],
  { call, onDead }: BearerOptions<T>,
): Promise<T> {
  let failure: CredentialError | null = null;
  for (const bearer of bearers) {
    try {
      return await call(bearer);
    } catch (error) {
      if (!(error instanceof CredentialError) || !isOwnFault(error)) throw error;
      if (error.kind === "dead-token") onDead?.(bearer);
      if (failure?.kind !== "forbidden") failure = error;
    }
  }
  throw failure ?? new CredentialError("dead-token", "There is no token at hand to ask with");
}

function isOwnFault({ kind }: CredentialError): boolean {
  return kind === "dead-token" || kind === "forbidden";
}

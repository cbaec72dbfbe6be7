/**
 * Whether a token is alive: the workspace is asked whose it is.
 *
 * @module
 */

import type { Secret } from "../workspace/credential.ts";
import type { TokenApi } from "../workspace/token_api.ts";
import { CredentialError } from "../support/errors.ts";

/** What the workspace says of a token; `unknown`: nothing that could be understood. */
export type TokenVerdict = "alive" | "dead" | "unknown";

/** Asks about one token. Never throws. */
export async function askToken(
  secret: Secret,
  { api, signal }: { readonly api: Pick<TokenApi, "whoami">; readonly signal: AbortSignal },
): Promise<TokenVerdict> {
  try {
    await api.whoami(secret, { signal });
    return "alive";
  } catch (error) {
    if (!(error instanceof CredentialError)) throw error;
    if (error.kind === "dead-token") return "dead";
    // Who is told that this is not allowed was recognised.
    return error.kind === "forbidden" ? "alive" : "unknown";
  }
}

/**
 * What the workspace says of the credential that is at hand.
 *
 * @module
 */

import { CredentialError } from "../../support/errors.ts";
import { type Secret, tokenIdOf } from "../../workspace/credential.ts";
import type { TokenApi, TokenInfo } from "../../workspace/token_api.ts";

/** A credential that was asked about. */
export interface Examined {
  readonly tokenId: string;
  readonly verdict: "alive" | "dead" | "unknown";
  /** The tokens of its user; `null` where they are not told. */
  readonly listed: readonly TokenInfo[] | null;
  /** Why something is not known, or not allowed. */
  readonly failure: CredentialError | null;
}

/** Asks the workspace about `secret`. */
export async function examine(secret: Secret, api: TokenApi): Promise<Examined> {
  const tokenId = tokenIdOf(secret);
  try {
    return { tokenId, verdict: "alive", listed: await api.list(secret), failure: null };
  } catch (failure) {
    if (!(failure instanceof CredentialError)) throw failure;
    const verdict = failure.kind === "dead-token" ? "dead" : await askWhose(secret, api);
    return { tokenId, verdict, listed: null, failure };
  }
}

/** One that may not list tokens may be alive all the same. */
async function askWhose(secret: Secret, api: TokenApi): Promise<Examined["verdict"]> {
  try {
    await api.whoami(secret);
    return "alive";
  } catch (error) {
    const kind = error instanceof CredentialError ? error.kind : null;
    // Without the scope for it, a token that lives may not even ask whose it is.
    if (kind === "forbidden") return "alive";
    return kind === "dead-token" ? "dead" : "unknown";
  }
}

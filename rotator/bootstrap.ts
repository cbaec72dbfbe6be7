/**
 * What becomes of a PAT that was given to us, once it is replaced.
 *
 * @module
 */

import { type Secret, tokenIdOf } from "../workspace/credential.ts";
import type { TokenInfo } from "../workspace/token_api.ts";

/** `revoke` with its proved id, or `leave` with the reason for the person. */
export type BootstrapFate =
  | { readonly action: "revoke"; readonly tokenId: string }
  | { readonly action: "leave"; readonly tokenId: string | null; readonly reason: string };

/** A token pasted for this service expires within a day; a longer life is meant for more. */
const PASTED_LIFE_MS = 24 * 3_600_000;

/**
 * Decides on a replaced PAT that we did not mint. Its id is the hash of its value, an inference:
 * unless the workspace lists that very id, nothing is revoked.
 */
export function planBootstrap(
  secret: Secret,
  options: {
    listed: readonly TokenInfo[];
    policy: "auto" | "always" | "never";
    now: number;
  },
): BootstrapFate {
  const tokenId = tokenIdOf(secret);
  const info = options.listed.find((token) => token.tokenId === tokenId);
  const leave = (reason: string): BootstrapFate => ({
    action: "leave",
    tokenId: info === undefined ? null : tokenId,
    reason,
  });
  if (info === undefined) return leave("its id is not among the tokens that the workspace lists");
  if (options.policy === "always") return { action: "revoke", tokenId };
  if (options.policy === "never") return leave("BOOTSTRAP_REVOKE is never");
  if (info.comment.startsWith("coda-auto-rotated")) {
    return leave(`another installation minted it (comment "${info.comment}")`);
  }
  const isPasted = info.expiresAt !== null && info.expiresAt - options.now <= PASTED_LIFE_MS;
  if (isPasted) return { action: "revoke", tokenId };
  return leave("it lives for more than 24 h, so other things may use it");
}

/**
 * Which live tokens are orphans of our own.
 *
 * @module
 */

import type { TokenInfo } from "../workspace/token_api.ts";

/** The comment of each PAT that an instance mints. */
export function commentOf(instance: string): string {
  return `coda-auto-rotated:${instance}`;
}

/** What {@link findOrphans} looks at. */
export interface SweepState {
  /** What the workspace lists. */
  readonly listed: readonly TokenInfo[];
  /** The exact comment of our own tokens. */
  readonly comment: string;
  /** Ids that the journal knows. */
  readonly journalled: readonly string[];
  /** Ids that are still needed: the serving one, and old ones that wait for their requests. */
  readonly needed: readonly string[];
}

/**
 * The ids to revoke: listed, provably ours (exact comment, or in the journal), and not needed.
 * A comment that only begins like ours belongs to another installation.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { commentOf, findOrphans } from "./sweep.ts";
 *
 * const token = { createdAt: 0, expiresAt: null, lastUsedAt: null };
 * const listed = [
 *   { ...token, tokenId: "mine", comment: commentOf("laptop") },
 *   { ...token, tokenId: "serving", comment: commentOf("laptop") },
 *   { ...token, tokenId: "neighbour", comment: commentOf("laptop2") },
 *   { ...token, tokenId: "human", comment: "my notebook" },
 * ];
 * assert.deepEqual(
 *   findOrphans({ listed, comment: commentOf("laptop"), journalled: [], needed: ["serving"] }),
 *   ["mine"],
 * );
 * ```
 */
export function findOrphans(state: SweepState): readonly string[] {
  const { listed, comment, journalled, needed } = state;
  return listed
    .filter((token) => token.comment === comment || journalled.includes(token.tokenId))
    .map((token) => token.tokenId)
    .filter((id) => !needed.includes(id));
}

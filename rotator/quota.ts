/**
 * Which tokens a person could do without, when the workspace allows no more.
 *
 * @module
 */

import type { TokenInfo } from "../workspace/token_api.ts";

/** How many are named. */
const NAMED = 5;

/**
 * Says which tokens to delete: those of nobody's instance that were used longest ago, or never.
 *
 * @param listed the tokens of the user.
 * @param comment the exact comment of our own, which are not named.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { adviseOnQuota } from "./quota.ts";
 *
 * const token = { expiresAt: null, comment: "" };
 * const listed = [
 *   { ...token, tokenId: "aa", createdAt: 0, lastUsedAt: 86_400_000, comment: "notebook" },
 *   { ...token, tokenId: "bb", createdAt: 0, lastUsedAt: null },
 *   { ...token, tokenId: "cc", createdAt: 0, lastUsedAt: null, comment: "ours" },
 * ];
 * assert.equal(
 *   adviseOnQuota(listed, { comment: "ours" }),
 *   "Of the 3 tokens of this user, these were used longest ago: bb (made 1970-01-01, never used), " +
 *     'aa ("notebook", made 1970-01-01, used 1970-01-02). Delete what nobody needs in the workspace ' +
 *     "(Settings, Developer, Access tokens)",
 * );
 * ```
 */
export function adviseOnQuota(
  listed: readonly TokenInfo[],
  { comment }: { readonly comment: string },
): string {
  const others = listed
    .filter((token) => token.comment !== comment)
    .toSorted((a, b) => (a.lastUsedAt ?? 0) - (b.lastUsedAt ?? 0) || a.createdAt - b.createdAt);
  const where = "in the workspace (Settings, Developer, Access tokens)";
  if (others.length === 0) return `Ask a workspace admin for room, or delete tokens ${where}`;
  const named = others.slice(0, NAMED).map(describe).join(", ");
  return `Of the ${listed.length} tokens of this user, these were used longest ago: ${named}. ` +
    `Delete what nobody needs ${where}`;
}

function describe({ tokenId, comment, createdAt, lastUsedAt }: TokenInfo): string {
  const made = `made ${day(createdAt)}`;
  const used = lastUsedAt === null ? "never used" : `used ${day(lastUsedAt)}`;
  const facts = [...(comment === "" ? [] : [JSON.stringify(comment)]), made, used];
  return `${tokenId} (${facts.join(", ")})`;
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

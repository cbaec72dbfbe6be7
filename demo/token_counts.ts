/**
 * The tokens of the simulated workspace, told apart: the service's own and those of others.
 *
 * @module
 */

import type { TokenCounts } from "./protocol.ts";
import type { TokenView, WorkspaceStats } from "./world.ts";

/**
 * Counts tokens. `otherIds` are those that are none of the service's business: at the start all
 * of them live.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { countTokens } from "./token_counts.ts";
 *
 * const tokens = [{ id: "a", state: "live" }, { id: "b", state: "revoked" }] as const;
 * const stats = { minted: 1, revoked: 1 };
 * assert.deepEqual(countTokens({ tokens, stats, otherIds: ["b"] }), {
 *   minted: 1,
 *   revoked: 1,
 *   liveOwn: 1,
 *   liveOthers: 0,
 *   othersTouched: 1,
 * });
 * ```
 */
export function countTokens(seen: {
  readonly tokens: readonly Pick<TokenView, "id" | "state">[];
  readonly stats: Pick<WorkspaceStats, "minted" | "revoked">;
  readonly otherIds: readonly string[];
}): TokenCounts {
  const { tokens, stats, otherIds } = seen;
  const live = tokens.filter(({ state }) => state === "live");
  const liveOthers = live.filter(({ id }) => otherIds.includes(id)).length;
  return {
    minted: stats.minted,
    revoked: stats.revoked,
    liveOwn: live.length - liveOthers,
    liveOthers,
    othersTouched: otherIds.length - liveOthers,
  };
}

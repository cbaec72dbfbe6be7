/**
 * How soon the new token is used by every proxy isolate, seen from outside: by which token each
 * request reached the workspace with, and when its caller had sent it.
 *
 * @module
 */

import type { Arrival, Sample } from "./protocol.ts";
import type { Rotation } from "./rotations.ts";

/** What was seen. */
export interface Freshness {
  /**
   * The latest that a request was sent after a publish and still left with the token before it;
   * below 0 if none was. Ms, by up to one too many: the log knows whole ones only.
   */
  readonly latestOldMs: number;
  /** Requests sent after all isolates had confirmed a token, and before the next one was. */
  readonly judged: number;
  /** Those of them that left with an older token. There must be none. */
  readonly stale: number;
}

/** The log cuts fractions off. */
const CLOCK_MS = 1;

/**
 * Judges each request that reached the workspace.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { judgeFreshness } from "./freshness.ts";
 *
 * const rotation = { askedAt: 0, publishedAt: 10, publishMs: 5, revokedAt: 30 };
 * const rotations = [{ ...rotation, oldId: "a", newId: "b" }];
 * const samples = [5, 12, 20].map((sentAt, mark) => ({ mark, sentAt, ms: 1, status: 200 }));
 * const judge = (ids: string) =>
 *   judgeFreshness(rotations, { samples, arrivals: [...ids].map((id, mark) => [mark, id, 0]) });
 * assert.deepEqual(judge("abb"), { latestOldMs: -5, judged: 1, stale: 0 });
 * assert.deepEqual(judge("aab"), { latestOldMs: 2, judged: 1, stale: 0 });
 * assert.deepEqual(judge("aba"), { latestOldMs: 10, judged: 1, stale: 1 });
 * ```
 */
export function judgeFreshness(
  rotations: readonly Rotation[],
  seen: { readonly samples: readonly Sample[]; readonly arrivals: readonly Arrival[] },
): Freshness {
  const sentAts = new Map(seen.samples.map(({ mark, sentAt }) => [mark, sentAt]));
  const orders = new Map(rotations.map(({ newId }, index) => [newId, index]));
  const publishedAts = new Map(rotations.map(({ oldId, publishedAt }) => [oldId, publishedAt]));
  let [latestOldMs, judged, stale] = [Number.NEGATIVE_INFINITY, 0, 0];
  for (const [mark, tokenId] of seen.arrivals) {
    const sentAt = sentAts.get(mark);
    if (sentAt === undefined || tokenId === null) continue;
    const publishedAt = publishedAts.get(tokenId);
    if (publishedAt !== undefined) latestOldMs = Math.max(latestOldMs, sentAt - publishedAt);
    const confirmed = rotations.findLastIndex((each) => confirmedAt(each) + CLOCK_MS < sentAt);
    if (confirmed < 0) continue;
    judged += 1;
    if ((orders.get(tokenId) ?? -1) < confirmed) stale += 1;
  }
  return { latestOldMs, judged, stale };
}

/** Nothing is revoked before all isolates have confirmed: where the log says no more, it is that. */
function confirmedAt({ publishedAt, publishMs, revokedAt }: Rotation): number {
  return publishMs === null ? revokedAt : publishedAt + publishMs;
}

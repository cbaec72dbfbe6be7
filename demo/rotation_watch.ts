/**
 * Rotations as they show from outside: which token serves, and since when requests come with it.
 *
 * @module
 */

import type { Rotation } from "./protocol.ts";
import type { RequestRecord } from "./request_log.ts";
import type { TokenView } from "./world.ts";

/** What was seen so far. */
export interface RotationWatch {
  /** Id of the token that served last. */
  readonly servingId: string;
  /** How many tokens took over. */
  readonly count: number;
  /** The last few, oldest first. */
  readonly rotations: readonly Rotation[];
  /** When the first request came with a token that is still remembered, in epoch ms. */
  readonly firstUses: ReadonlyMap<string, number>;
}

/** One look at the workspace and the service. */
export interface Look {
  /** Epoch ms. */
  readonly at: number;
  /** Id of the token that the service says it uses; `null`: it says nothing. */
  readonly servingId: string | null;
  /** All tokens of the workspace. */
  readonly tokens: readonly TokenView[];
  /** The requests since the last look. */
  readonly records: readonly Pick<RequestRecord, "path" | "tokenId" | "at">[];
}

const KEPT_ROTATIONS = 5;

/** The watch before anything has happened, with the token that was there at first. */
export function beginWatch(servingId: string): RotationWatch {
  return { servingId, count: 0, rotations: [], firstUses: new Map() };
}

/** The watch after one more look. */
export function watchRotations(watch: RotationWatch, look: Look): RotationWatch {
  const views = new Map(look.tokens.map((token) => [token.id, token]));
  const firstUses = addUses(watch.firstUses, look.records, views);
  const servingId = look.servingId ?? watch.servingId;
  const isNew = servingId !== watch.servingId;
  const count = watch.count + (isNew ? 1 : 0);
  const begun: Rotation = {
    number: count,
    at: views.get(servingId)?.createdAt ?? look.at,
    oldId: watch.servingId,
    newId: servingId,
    inUseAfterMs: null,
    isOldRevoked: false,
  };
  const rotations = [...watch.rotations, ...(isNew ? [begun] : [])].slice(-KEPT_ROTATIONS);
  return { servingId, count, firstUses, rotations: rotations.map(follow) };

  function follow(rotation: Rotation): Rotation {
    const usedAt = firstUses.get(rotation.newId);
    const inUseAfterMs = usedAt === undefined ? null : Math.max(0, usedAt - rotation.at);
    return {
      ...rotation,
      inUseAfterMs: rotation.inUseAfterMs ?? inUseAfterMs,
      isOldRevoked: rotation.isOldRevoked || views.get(rotation.oldId)?.state === "revoked",
    };
  }
}

/** Dead tokens are left out: their rotations know already, and the demo may run for a day. */
function addUses(
  before: ReadonlyMap<string, number>,
  records: Look["records"],
  views: ReadonlyMap<string, TokenView>,
): ReadonlyMap<string, number> {
  const uses = new Map([...before].filter(([id]) => views.get(id)?.state === "live"));
  for (const { path, tokenId, at } of records) {
    // The workspace's own API is what a token is made and tried with; that is no use of it yet.
    if (tokenId === null || path.startsWith("/api/") || uses.has(tokenId)) continue;
    uses.set(tokenId, at);
  }
  return uses;
}

/**
 * What the chain of a source whose credentials expire by themselves tells of itself.
 *
 * @module
 */

import type { Chain } from "../protocol.ts";
import type { Generation } from "../workspace/credential.ts";
import { describeChain, type Failures } from "./chain_state.ts";
import type { Source } from "./sources/source.ts";

/** What {@link describeRefresh} is made of. Times are epoch ms. */
export interface RefreshParts {
  readonly kind: Source["kind"];
  readonly generation: Generation | null;
  /** When it is to be fetched anew. */
  readonly dueAt: number;
  readonly now: number;
  readonly retries: Failures;
  readonly triesLeft: number | null;
  readonly rotations: number;
}

const NONE: Failures = { count: 0, message: null, kind: null, nextAt: null };

/**
 * The health of the chain. Never `lost`: whoever refuses a client or a command today may take it
 * tomorrow, so it is tried again for ever.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { describeRefresh } from "./refresh_state.ts";
 *
 * const chain = describeRefresh({
 *   kind: "oauth",
 *   generation: null,
 *   dueAt: 0,
 *   now: 1_000,
 *   retries: { count: 3, message: "It is refused", kind: "forbidden", nextAt: 5_000 },
 *   triesLeft: 0,
 *   rotations: 0,
 * });
 * assert.equal(chain.state, "retrying");
 * assert.equal(chain.source, "oauth");
 * assert.equal(chain.lastFailure, "It is refused");
 * ```
 */
export function describeRefresh(parts: RefreshParts): Chain {
  const { kind, generation, dueAt, now, retries, triesLeft, rotations } = parts;
  const plan = dueAt <= now
    ? { action: "rotate" } as const
    : { action: "wait", until: dueAt } as const;
  const chain = describeChain({
    rotation: "auto",
    generation,
    plan: generation === null ? null : plan,
    asking: NONE,
    rotating: retries,
    triesLeft,
    rotations,
    pendingRevocations: 0,
    spare: null,
    agentFiles: [],
  });
  return { ...chain, source: kind };
}

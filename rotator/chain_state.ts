/**
 * What the chain of credentials tells of itself.
 *
 * @module
 */

import type { AgentFileView, Chain, SpareView } from "../protocol.ts";
import type { Generation } from "../workspace/credential.ts";
import type { NextRotation } from "./schedule.ts";

/** What {@link describeChain} is made of. */
export interface ChainParts {
  readonly rotation: "auto" | "off";
  readonly generation: Generation | null;
  /** What is to be done with it, `null` where there is none, or nothing to rotate. */
  readonly plan: NextRotation | null;
  /** Failures in asking about tokens at hand, and in rotating. */
  readonly asking: Failures;
  readonly rotating: Failures;
  /** Tries that fit while it can be used, `null` where that is unknown. */
  readonly triesLeft: number | null;
  readonly rotations: number;
  readonly pendingRevocations: number;
  readonly spare: SpareView | null;
  readonly agentFiles: readonly AgentFileView[];
}

/** Tries of one kind. */
export interface Failures {
  readonly count: number;
  readonly message: string | null;
  readonly kind: string | null;
  /** Epoch ms. */
  readonly nextAt: number | null;
}

/**
 * The health of the chain.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { describeChain } from "./chain_state.ts";
 *
 * const none = { count: 0, message: null, kind: null, nextAt: null };
 * const dead = { count: 1, message: "It is dead", kind: "dead-token", nextAt: 5_000 };
 * const parts = { generation: null, plan: null, rotating: none, rotations: 0, pendingRevocations: 0 };
 * const bare = { ...parts, triesLeft: 0, spare: null, agentFiles: [] };
 * const lost = describeChain({ ...bare, rotation: "auto", asking: dead });
 * assert.equal(lost.state, "lost");
 * assert.equal(lost.lastFailure, "It is dead");
 * // Where something else rotates, a live token may come at any moment.
 * assert.equal(describeChain({ ...bare, rotation: "off", asking: dead }).state, "following");
 * ```
 */
export function describeChain(parts: ChainParts): Chain {
  const { generation, plan, asking, rotating } = parts;
  const waits = [asking.nextAt, rotating.nextAt].filter((at) => at !== null);
  const planned = plan?.action === "wait" ? plan.until : null;
  return {
    state: stateOf(parts),
    source: parts.rotation === "off" ? "profile" : "pat",
    generation: generation?.number ?? null,
    tokenId: generation?.tokenId ?? null,
    issuedAt: generation?.issuedAt ?? null,
    expiresAt: generation?.expiresAt ?? null,
    nextAttemptAt: waits.length > 0 ? Math.min(...waits) : planned,
    failures: asking.count + rotating.count,
    triesLeft: parts.triesLeft,
    lastFailure: asking.message ?? rotating.message,
    rotations: parts.rotations,
    pendingRevocations: parts.pendingRevocations,
    spare: parts.spare,
    agentFiles: parts.agentFiles,
  };
}

function stateOf({ rotation, generation, asking, rotating }: ChainParts): Chain["state"] {
  if (generation === null && asking.kind === "dead-token") {
    return rotation === "off" ? "following" : "lost";
  }
  if (asking.count + rotating.count > 0) return "retrying";
  if (generation === null) return "starting";
  return rotation === "off" ? "following" : "live";
}

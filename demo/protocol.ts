/**
 * What the supervisor and the demo isolate say to each other, and the values that travel.
 *
 * @module
 */

import type { Status } from "../proxy/status.ts";
import type { Dialect } from "../workspace/endpoints.ts";

/** How many requests were answered in full, and how many were not. */
export interface Tally {
  readonly ok: number;
  readonly failed: number;
}

/** What the sample client has counted. */
export interface RequestCounts {
  readonly byDialect: Readonly<Record<Dialect, Tally>>;
  /** The first few reasons, one line each. */
  readonly failures: readonly string[];
}

/** One token that took over from another. */
export interface Rotation {
  /** From 1 on. */
  readonly number: number;
  /** Epoch ms at which the new token was made. */
  readonly at: number;
  readonly oldId: string;
  readonly newId: string;
  /** From the making of the new token to the first request that came with it; `null`: not yet. */
  readonly inUseAfterMs: number | null;
  readonly isOldRevoked: boolean;
}

/** The tokens of the workspace: the service's own, and those of others. */
export interface TokenCounts {
  readonly minted: number;
  readonly revoked: number;
  readonly liveOwn: number;
  readonly liveOthers: number;
  /** Tokens of others that live no longer, whatever ended them. */
  readonly othersTouched: number;
}

/** All that is shown, at one moment. */
export interface Snapshot {
  /** Epoch ms. */
  readonly at: number;
  /** What the service says of its credential; `null`: it does not answer. */
  readonly credential: Status["credential"] | null;
  readonly inFlight: number;
  readonly rescues: number;
  readonly rotationCount: number;
  /** The last few, oldest first. */
  readonly rotations: readonly Rotation[];
  readonly requests: RequestCounts;
  readonly tokens: TokenCounts;
}

/** Where the client goes, and with which keys. They are worth nothing outside of the demo. */
export interface DemoTarget {
  /** `http://…` of the proxy, without a path. */
  readonly origin: string;
  readonly agentKey: string;
  readonly operatorKey: string;
}

/** Supervisor → demo isolate. */
export type ToDemo =
  /** Open the workspace. */
  | { readonly type: "open" }
  /** The service is up: use it. */
  | { readonly type: "run"; readonly target: DemoTarget }
  /** No further requests. */
  | { readonly type: "rest" }
  /** Close the workspace. */
  | { readonly type: "close" };

/** Demo isolate → supervisor. */
export type FromDemo =
  /** `token` is the personal access token that a person would have pasted. */
  | { readonly type: "opened"; readonly origin: string; readonly token: string }
  | { readonly type: "running"; readonly at: number }
  | { readonly type: "snapshot"; readonly snapshot: Snapshot }
  /** The last request has ended. */
  | { readonly type: "resting"; readonly snapshot: Snapshot }
  | { readonly type: "closed"; readonly tokens: TokenCounts }
  | { readonly type: "failed"; readonly reason: string };

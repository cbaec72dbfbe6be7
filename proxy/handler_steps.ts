/**
 * What the flow of a request needs, and what is known of a request on its way.
 *
 * @module
 */

import type { Dialect, ForwardRoute, Route, UpstreamTarget } from "../workspace/endpoints.ts";
import type { BodyLanes } from "./body_lanes.ts";
import type { BodyMemory } from "./body_memory.ts";
import type { Visitor } from "./connections.ts";
import type { DialectLimits } from "./dialect_limit.ts";
import type { Door, KeyRing } from "./guard.ts";
import type { LearnSteps } from "./learn.ts";
import type { RelaySteps } from "./relay.ts";
import type { Counters } from "./stats.ts";
import type { Strangers } from "./strangers.ts";
import type { Streams } from "./streams.ts";
import type { RequestTarget } from "./target.ts";
import type { Watchdog } from "./watchdog.ts";

/** What the flow needs. */
export interface HandlerSteps extends LearnSteps {
  readonly door: () => Door;
  /** The local keys, at this moment (`fresh`) or an instant ago (`recent`). */
  readonly keys: (age: "fresh" | "recent") => KeyRing | null;
  /** `off`: any caller of this machine is let in, whatever key it shows. */
  readonly clientAuth: "required" | "off";
  /** What the agents' keys are good for. */
  readonly agentDialects: DialectLimits;
  readonly target: () => UpstreamTarget;
  /** Bytes of a request line and its headers together. */
  readonly maxHeaderBytes: number;
  readonly maxBodyBytes: number;
  /** What all bodies may take up together. */
  readonly bodyMemory: BodyMemory;
  /** Where long bodies wait for one another. */
  readonly bodyLanes: BodyLanes;
  /** Ends the wait for bodies that do not come. */
  readonly bodyWatchdog: Watchdog;
  /** What is on its way. */
  readonly streams: Streams;
  /** Who came without a key. */
  readonly strangers: Strangers;
  /** Resolves after a time, or when the signal fires. */
  readonly pause: (pauseMs: number, signal: AbortSignal) => Promise<void>;
  readonly counters: Counters;
  readonly now: () => number;
  /** Something was asked for: the credential is in use. */
  readonly onActive: () => void;
  /** What the service answers by itself, model lists included. */
  readonly answerLocally: (
    route: Exclude<Route, ForwardRoute>,
    call: LocalCall,
  ) => Promise<Response>;
  /** What becomes of answers. */
  readonly answers: RelaySteps;
  /** Told of each answer at its headers; `null`: nobody wants to know. */
  readonly onAnswer: ((visit: Visit) => void) | null;
  /** An error that nobody foresaw. */
  readonly onBug: (error: unknown) => void;
}

/** A request that the service answers by itself. */
export interface LocalCall {
  readonly request: Request;
  readonly target: RequestTarget;
  /** `operator`, an agent, `-` where keys are off, `null` where none was needed. */
  readonly caller: string | null;
  readonly visitor: Visitor;
}

/** A request as the log may know it: nothing that it holds can be a key or a prompt. */
export interface Visit {
  readonly method: string;
  readonly dialect: Dialect;
  readonly status: number;
  /** From the request line to the headers of the answer. */
  readonly durationMs: number;
  readonly caller: string | null;
  /** Number of the generation that it was forwarded with. */
  readonly generation: number | null;
}

/** What becomes known of a visit on its way. */
export interface Findings {
  caller: string | null;
  generation: number | null;
  isBodyRead: boolean;
}

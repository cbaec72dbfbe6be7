/**
 * What the processes and threads of the benchmark say to each other.
 *
 * @module
 */

/** First line of the workspace process. Its tokens are worth nothing outside of it. */
export interface WorkspaceStart {
  /** `http://…` without a path. */
  readonly origin: string;
  /** For the profile of the service. */
  readonly serviceToken: string;
  /** For requests that do without the service; it is never rotated. */
  readonly directToken: string;
}

/** A marked request as the workspace saw it: by its token's id, when it came in epoch ms. */
export type Arrival = readonly [mark: number, tokenId: string | null, at: number];

/** To the thread that holds streams. */
export interface StreamsOrder {
  /** `http://…` of the service, without a path. */
  readonly origin: string;
  /** Local key of an agent. */
  readonly key: string;
  readonly count: number;
  /** Between two events of a stream. */
  readonly paceMs: number;
}

/** From the thread that holds streams. */
export type StreamsNews =
  /** All of them have begun. */
  | { readonly type: "open" }
  /** So many events of all streams have been read. */
  | { readonly type: "events"; readonly events: number }
  /** One has ended, which none should. */
  | { readonly type: "ended" };

/** Where paced requests go, and how many. */
export interface PacedOptions {
  /** `http://…` without a path. */
  readonly origin: string;
  /** Path of the chat route. */
  readonly path: string;
  /** The bearer. */
  readonly key: string;
  /** Name of the number in each query; requests without `n` are not told of. */
  readonly mark: "n" | "direct";
  readonly perSecond: number;
  readonly connections: number;
}

/** One paced request. */
export interface Sample {
  /** The number in its query. */
  readonly mark: number;
  /** Epoch ms, with fractions. */
  readonly sentAt: number;
  /** From before it is written until the last byte of its answer. */
  readonly ms: number;
  readonly status: number;
}

/** To the thread that asks: series of requests to begin, or the end of all. */
export type RequestsOrder =
  | { readonly type: "start"; readonly series: readonly PacedOptions[] }
  | { readonly type: "stop" };

/** From the thread that asks: they have begun, or what was measured, by series. */
export type RequestsNews =
  | { readonly type: "started" }
  | { readonly type: "stopped"; readonly samples: readonly (readonly Sample[])[] };

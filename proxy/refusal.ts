/**
 * What the proxy answers by itself instead of forwarding.
 *
 * @module
 */

/** Kinds of refusal, in words that each dialect translates. */
export type RefusalKind =
  | "bad-request"
  | "unauthenticated"
  | "forbidden"
  | "not-found"
  | "too-large"
  | "rate-limited"
  | "unavailable"
  | "upstream";

/** The bounds that a request can run into; header time and idle time are those of connections. */
export type Limit =
  | "header-bytes"
  | "body-bytes"
  | "body-time"
  | "body-memory"
  | "connections"
  | "connections-per-key"
  | "streams"
  | "event-bytes"
  | "upstream-silence";

/** An answer of our own, thrown from wherever it is decided and rendered in one place. */
export class Refusal extends Error {
  readonly status: number;
  readonly kind: RefusalKind;
  /** Seconds for `Retry-After`, if the caller should come back. */
  readonly retryAfterS: number | null;
  /** The bound that it ran into, if that is why. */
  readonly limit: Limit | null;

  /** `message` is a sentence that says what to do. */
  constructor(
    status: number,
    kind: RefusalKind,
    message: string,
    options: { retryAfterS?: number; cause?: unknown; limit?: Limit } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = "Refusal";
    this.status = status;
    this.kind = kind;
    this.retryAfterS = options.retryAfterS ?? null;
    this.limit = options.limit ?? null;
  }
}

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

/** An answer of our own, thrown from wherever it is decided and rendered in one place. */
export class Refusal extends Error {
  readonly status: number;
  readonly kind: RefusalKind;
  /** Seconds for `Retry-After`, if the caller should come back. */
  readonly retryAfterS: number | null;

  /** `message` is a sentence that says what to do. */
  constructor(
    status: number,
    kind: RefusalKind,
    message: string,
    options: { retryAfterS?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = "Refusal";
    this.status = status;
    this.kind = kind;
    this.retryAfterS = options.retryAfterS ?? null;
  }
}

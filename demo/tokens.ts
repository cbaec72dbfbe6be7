/**
 * The life of a token as the workspace sees it: minted, live, expired or revoked. Pure: a change
 * gives a new {@link TokenBook}. Values are nowhere in it; a bearer is found by its hash.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { refuse } from "./replies.ts";

/** What a token is at a given time. */
export type TokenState = "live" | "expired" | "revoked";

/** One token of the workspace; times are epoch ms. */
export interface Token {
  /** SHA-256 of the value, lower-case hex. */
  readonly id: string;
  /** Whose it is: a user name, or the client id of a service principal. */
  readonly owner: string;
  /** Free text, `""` if none was given. */
  readonly comment: string;
  /** Only `pat` tokens are listed and count against the quota. */
  readonly kind: "pat" | "oauth";
  /** When it was made. */
  readonly createdAt: number;
  /** First moment at which it is dead; `null`: it does not expire. */
  readonly expiresAt: number | null;
  /** When it was revoked, `null` if it was not. */
  readonly revokedAt: number | null;
  /** What it may do; `null`: all that its owner may. */
  readonly scopes: readonly string[] | null;
}

/** All tokens by id, oldest first. */
export type TokenBook = ReadonlyMap<string, Token>;

/** What the workspace thinks of a bearer. */
export type Verdict =
  | { readonly kind: "live"; readonly token: Token }
  | { readonly kind: "expiring"; readonly token: Token }
  | { readonly kind: "dead"; readonly token: Token | null };

/** What a caller asks for in `token/create`. */
export interface MintRequest {
  /** Free text. */
  readonly comment: string;
  /** Whole seconds, `null` if left out. */
  readonly lifetimeSeconds: number | null;
  /** Who asks; the token will be theirs. */
  readonly owner: string;
  /** What the token may do, `null` if left out. */
  readonly scopes: readonly string[] | null;
}

/** What the workspace allows at the moment of a `token/create`. */
export interface MintLimits {
  /** Epoch ms. */
  readonly now: number;
  /** Live tokens that one owner may have. */
  readonly quota: number;
  /** Shortest life. */
  readonly minLifetimeSeconds: number;
}

/**
 * What a token without `lifetime_seconds` gets: two years
 * (https://docs.databricks.com/api/workspace/tokens/create).
 */
export const DEFAULT_LIFETIME_SECONDS = 730 * 24 * 3600;

/** Dead tokens that are remembered; a demo that mints every few seconds must not grow for ever. */
const MAX_DEAD_TOKENS = 1000;

/**
 * The id of the token whose value is `value`: its SHA-256.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { hashValue } from "./tokens.ts";
 *
 * assert.match(hashValue("abc"), /^ba7816bf[0-9a-f]{56}$/);
 * ```
 */
export function hashValue(value: string): string {
  return createHash("sha256").update(value).digest("hex");
}

/**
 * What `token` is at `now`. Being revoked outweighs being expired.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { stateOf } from "./tokens.ts";
 *
 * const token = { expiresAt: 1000, revokedAt: null };
 * assert.equal(stateOf(token, 999), "live");
 * assert.equal(stateOf(token, 1000), "expired");
 * assert.equal(stateOf({ ...token, revokedAt: 500 }, 999), "revoked");
 * ```
 */
export function stateOf(token: Pick<Token, "expiresAt" | "revokedAt">, now: number): TokenState {
  if (token.revokedAt !== null) return "revoked";
  return token.expiresAt !== null && now >= token.expiresAt ? "expired" : "live";
}

/** Whether the bearer whose id is `id` may pass; `expiring` is refused too, in other words. */
export function judge(
  book: TokenBook,
  id: string,
  options: { readonly now: number; readonly rejectLastMs: number },
): Verdict {
  const token = book.get(id) ?? null;
  if (token === null || stateOf(token, options.now) !== "live") return { kind: "dead", token };
  const isExpiring = token.expiresAt !== null &&
    token.expiresAt - options.now <= options.rejectLastMs;
  return { kind: isExpiring ? "expiring" : "live", token };
}

/** The live personal access tokens of `owner`, oldest first. */
export function listLive(
  book: TokenBook,
  options: { readonly owner: string; readonly now: number },
): readonly Token[] {
  return [...book.values()].filter((token) =>
    token.kind === "pat" && token.owner === options.owner &&
    stateOf(token, options.now) === "live"
  );
}

/**
 * When the token that `request` asks for expires, in epoch ms.
 *
 * @throws {Refusal} `INVALID_PARAMETER_VALUE` for a lifetime that is not allowed (a lifetime of 0:
 * https://github.com/databricks/terraform-provider-databricks/issues/494), `QUOTA_EXCEEDED` for
 * one token too many.
 */
export function planExpiry(
  book: TokenBook,
  request: Omit<MintRequest, "scopes">,
  limits: MintLimits,
): number {
  const seconds = request.lifetimeSeconds ?? DEFAULT_LIFETIME_SECONDS;
  if (seconds <= 0) {
    throw refuse(400, "INVALID_PARAMETER_VALUE", `requirement failed: Invalid timeout: ${seconds}`);
  }
  if (seconds < limits.minLifetimeSeconds) {
    const wanted = `must be at least ${limits.minLifetimeSeconds} seconds, but was ${seconds}`;
    throw refuse(400, "INVALID_PARAMETER_VALUE", `lifetime_seconds ${wanted}`);
  }
  if (listLive(book, { owner: request.owner, now: limits.now }).length >= limits.quota) {
    throw refuse(
      400,
      "QUOTA_EXCEEDED",
      `The user has reached the limit of ${limits.quota} tokens in this workspace.`,
    );
  }
  return limits.now + seconds * 1000;
}

/** `book` with `token`; the oldest dead tokens beyond 1,000 are forgotten. */
export function addToken(book: TokenBook, token: Token, now: number): TokenBook {
  const dead = [...book.values()].filter((each) => stateOf(each, now) !== "live");
  const forgotten = new Set(dead.slice(0, Math.max(0, dead.length - MAX_DEAD_TOKENS)));
  const kept = [...book].filter(([_, each]) => !forgotten.has(each));
  return new Map([...kept, [token.id, token]]);
}

/** `book` in which the token `id` has the fields of `change`; the same book if there is none. */
export function changeToken(
  book: TokenBook,
  id: string,
  change: Partial<Pick<Token, "comment" | "revokedAt">>,
): TokenBook {
  const token = book.get(id);
  return token === undefined ? book : new Map([...book, [id, { ...token, ...change }]]);
}

/**
 * Whether `token` may use the API for tokens: "a token with the `authentication` scope can create
 * new tokens with any scope" (https://docs.databricks.com/aws/en/dev-tools/auth/pat).
 */
export function mayManageTokens({ scopes }: Pick<Token, "scopes">): boolean {
  return scopes === null || scopes.some((name) => name === "authentication" || name === "all-apis");
}

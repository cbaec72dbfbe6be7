/**
 * Which token of those at hand is alive, and whose it is.
 *
 * @module
 */

import { type Generation, type Secret, tokenIdOf } from "../workspace/credential.ts";
import type { TokenApi, TokenInfo } from "../workspace/token_api.ts";
import { CredentialError } from "../support/errors.ts";
import type { Journal } from "./journal.ts";

/** `own`: minted by this installation. `given`: by somebody else, nothing known of its life. */
export type Origin = "own" | "given";

/** A generation and whose it is: only our own is revoked without further question. */
export interface Owned {
  readonly generation: Generation;
  readonly origin: Origin;
}

/** A live token at hand. Times are epoch ms. */
export interface Adopted {
  readonly secret: Secret;
  /** Its id as listed or journalled, `null` if the workspace does not list it. */
  readonly tokenId: string | null;
  readonly origin: Origin;
  /** When it was minted, for our own. */
  readonly issuedAt: number | null;
  readonly expiresAt: number | null;
  /** What the workspace lists; `null` if the token may not list. */
  readonly listed: readonly TokenInfo[] | null;
}

/**
 * Asks the workspace about the candidates in their order and takes the first that is alive.
 *
 * @returns `null` if every one of them is dead.
 * @throws {CredentialError} if the workspace does not say.
 */
export async function adoptToken(
  candidates: readonly Secret[],
  options: {
    api: TokenApi;
    journal: Journal;
    comment: string;
    /** A token that may list where a candidate may not. */
    lister: Secret | null;
  },
): Promise<Adopted | null> {
  for (const secret of candidates) {
    try {
      const listed = await options.api.list(secret);
      return describe(secret, { ...options, listed });
    } catch (error) {
      if (!(error instanceof CredentialError)) throw error;
      if (error.kind === "dead-token") continue;
      if (error.kind !== "forbidden") throw error;
      // It may not list: a scoped token, which can serve if it lives. But where nobody may list,
      // a dead one is told the same.
      if (!await isKnown(secret, options)) continue;
      return describe(secret, { ...options, listed: await listFor(secret, options) });
    }
  }
  return null;
}

async function listFor(
  secret: Secret,
  { api, lister }: { readonly api: TokenApi; readonly lister: Secret | null },
): Promise<readonly TokenInfo[] | null> {
  if (lister === null || lister.equals(secret)) return null;
  const listed = await api.list(lister).catch(() => null);
  // Of another user it would say nothing.
  return listed?.some(({ tokenId }) => tokenId === tokenIdOf(secret)) ? listed : null;
}

/** @throws {CredentialError} if the workspace does not say. */
async function isKnown(secret: Secret, { api }: { readonly api: TokenApi }): Promise<boolean> {
  try {
    await api.whoami(secret);
    return true;
  } catch (error) {
    if (!(error instanceof CredentialError)) throw error;
    if (error.kind === "dead-token") return false;
    // Who is told that this is not allowed was recognised.
    if (error.kind === "forbidden") return true;
    throw error;
  }
}

function describe(
  secret: Secret,
  options: { journal: Journal; comment: string; listed: readonly TokenInfo[] | null },
): Adopted {
  const { journal, comment, listed } = options;
  const id = tokenIdOf(secret);
  const noted = journal.tokens.find((token) => token.id === id);
  const info = listed?.find((token) => token.tokenId === id);
  if (noted !== undefined) {
    // Noted by our own clock, by which it is compared.
    const { mintedAt: issuedAt, expiresAt } = noted;
    return { secret, tokenId: id, origin: "own", issuedAt, expiresAt, listed };
  }
  if (info?.comment === comment) {
    const { createdAt: issuedAt, expiresAt } = info;
    return { secret, tokenId: id, origin: "own", issuedAt, expiresAt, listed };
  }
  const tokenId = info === undefined ? null : id;
  const expiresAt = info?.expiresAt ?? null;
  return { secret, tokenId, origin: "given", issuedAt: null, expiresAt, listed };
}

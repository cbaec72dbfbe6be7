/**
 * Makes tokens of our own: noted before and after they are made, tried before they are used, and
 * never so many at a time that a person would have to clean up after us.
 *
 * @module
 */

import type { Logger } from "@logtape/logtape";
import type { Generation, Secret } from "../workspace/credential.ts";
import type { MintedToken, TokenApi, TokenInfo } from "../workspace/token_api.ts";
import { CredentialError, describeError } from "../support/errors.ts";
import { withAnyOf } from "./bearers.ts";
import {
  countAlive,
  type JournalFile,
  withIntent,
  withoutIntents,
  withoutTokens,
  withToken,
} from "./journal.ts";
import { adviseOnQuota } from "./quota.ts";
import type { Retirement } from "./retirement.ts";
import { pause } from "./waits.ts";

/** What a {@link Minter} works with. */
export interface MinterOptions {
  readonly api: TokenApi;
  readonly journal: JournalFile;
  readonly retirement: Retirement;
  readonly log: Logger;
  /** Epoch ms. */
  readonly now: () => number;
  /** The exact comment of our own tokens. */
  readonly comment: string;
  /** Number of the newest generation: requests of older ones may be in flight. */
  readonly lastNumber: () => number;
}

/** What is to be made. */
export interface MintOrder {
  /** Tokens that may make it, the first that can does. */
  readonly bearers: readonly Secret[];
  /** Told of each of them that is dead. */
  readonly onDead: (bearer: Secret) => void;
  readonly lifetimeMs: number;
  /** What it may do; `null`: all that its user may. */
  readonly scopes: readonly string[] | null;
  /** Gives up early. */
  readonly signal?: AbortSignal;
}

/** A token of our own. Times are epoch ms by our clock. */
export type Minted = Pick<Generation, "secret" | "issuedAt" | "expiresAt"> & {
  readonly tokenId: string;
  readonly issuedAt: number;
};

/** Own tokens that may be alive at a time: the serving one, the spare, and a change of each. */
export const MOST_ALIVE = 4;
/** Pauses between tries of a token that the workspace does not know yet. */
const VERIFY_PAUSES_MS = [50, 150, 400, 1_000];

/** Makes one token at a time. */
export class Minter {
  readonly #options: MinterOptions;
  #areScopesRefused = false;

  /** Has made nothing yet. */
  constructor(options: MinterOptions) {
    this.#options = options;
  }

  /**
   * Makes a token. Where the workspace has no room for one more, orphans of our own make room.
   *
   * @throws {CredentialError} with what to do; the journal knows if one may have been made.
   */
  async mint(order: MintOrder): Promise<Minted> {
    await this.#makeRoom(order);
    return await withAnyOf(order.bearers, {
      onDead: order.onDead,
      call: async (bearer) => {
        try {
          return await this.#mintWith(bearer, order);
        } catch (error) {
          if (!isQuota(error)) throw error;
          await this.#sweepNow({ bearers: [bearer], onDead: order.onDead });
          return await this.#mintWith(bearer, order).catch((again) =>
            this.#adviseOn(again, bearer)
          );
        }
      },
    });
  }

  /** Notes a token that was made. */
  async record({ tokenId: id, issuedAt: mintedAt, expiresAt }: Minted): Promise<void> {
    await this.#options.journal.change((state) => withToken(state, { id, mintedAt, expiresAt }));
  }

  /**
   * Uses a new token once. The workspace may need a moment until all of it knows the token.
   *
   * @returns the tokens of its user; `null` if neither it nor one of the bearers may list.
   * @throws {CredentialError} if it does not work.
   */
  async verify(
    { secret }: Minted,
    { bearers, signal }: Pick<MintOrder, "bearers" | "signal">,
  ): Promise<readonly TokenInfo[] | null> {
    const patience = signal ?? new AbortController().signal;
    const list = (bearer: Secret) => this.#options.api.list(bearer, { signal: patience });
    for (const pauseMs of [...VERIFY_PAUSES_MS, null]) {
      try {
        return await list(secret);
      } catch (error) {
        if (!(error instanceof CredentialError)) throw error;
        // It lives, but may not list: a scoped token. Others may.
        if (error.kind === "forbidden") return await withAnyOf(bearers, { call: list }).catch(none);
        if (error.kind !== "dead-token" && error.kind !== "unreachable") throw error;
        if (pauseMs === null) throw doesNotWork(error);
        await pause(pauseMs, patience);
      }
    }
    return null;
  }

  /** Revokes a token that nobody has seen. Never throws: what stays is swept later. */
  async discard({ tokenId, issuedAt }: Minted, bearers: readonly Secret[]): Promise<void> {
    const { api, journal, log } = this.#options;
    log.warn("discarded", { tokenId });
    try {
      await withAnyOf(bearers, { call: (bearer) => api.delete(bearer, tokenId) });
      await journal.change((state) => withoutIntents(withoutTokens(state, [tokenId]), [issuedAt]));
    } catch (error) {
      // The journal, or else its comment, still tells whose it is; the next sweep tries again.
      log.warn("revoke-failed", { tokenId, error: describeError(error) });
    }
  }

  async #mintWith(bearer: Secret, order: MintOrder): Promise<Minted> {
    const { api, journal, now, comment } = this.#options;
    const { lifetimeMs, signal } = order;
    const scopes = this.#areScopesRefused ? null : order.scopes;
    const issuedAt = now();
    await journal.change((state) => withIntent(state, issuedAt));
    try {
      const extras = { ...(scopes === null ? {} : { scopes }), ...(signal ? { signal } : {}) };
      return dated(await api.create(bearer, { lifetimeMs, comment, ...extras }), issuedAt);
    } catch (error) {
      // The answer was lost, and with it perhaps a token that nobody knows: the intent stays.
      if (isUnclear(error)) throw error;
      await journal.change((state) => withoutIntents(state, [issuedAt]));
      if (scopes === null || !isAboutScopes(error)) throw error;
      this.#areScopesRefused = true;
      this.#options.log.warn("scopes-refused", { error: describeError(error) });
      return await this.#mintWith(bearer, order);
    }
  }

  /** Looks after mints whose end is not known, and ends old tokens early if there are too many. */
  async #makeRoom({ bearers, onDead }: MintOrder): Promise<void> {
    const { journal, retirement, now } = this.#options;
    const excess = () => countAlive(journal.journal, now()) + 1 - MOST_ALIVE;
    if (journal.journal.intents.length > 0) {
      try {
        await this.#sweepNow({ bearers, onDead });
      } catch (error) {
        // What cannot be looked at may be there. There is room for a few of these.
        if (excess() > 0) throw error;
      }
    }
    if (excess() > 0) await retirement.hasten(excess());
    if (excess() <= 0) return;
    throw new CredentialError(
      "quota",
      `There are ${MOST_ALIVE} tokens of this installation already; another one is made when one ` +
        "of them has ended",
    );
  }

  async #sweepNow({ bearers, onDead }: Pick<MintOrder, "bearers" | "onDead">): Promise<void> {
    const { retirement, lastNumber } = this.#options;
    await retirement.sweepNow(bearers, { lastNumber: lastNumber() - 1, onDead });
  }

  async #adviseOn(error: unknown, bearer: Secret): Promise<never> {
    if (!isQuota(error)) throw error;
    const { api, comment } = this.#options;
    // Whatever is wrong with the list, that there is no room is what matters.
    const listed = await api.list(bearer).catch(() => null);
    if (listed === null) throw error;
    const message = `${error.message} ${adviseOnQuota(listed, { comment })}`;
    throw new CredentialError("quota", message, { retryAfterMs: error.retryAfterMs });
  }
}

/** By our own clock, from before the request: never later than the workspace thinks. */
function dated({ secret, tokenId, createdAt, expiresAt }: MintedToken, issuedAt: number): Minted {
  const lifeMs = expiresAt === null ? null : expiresAt - createdAt;
  return { secret, tokenId, issuedAt, expiresAt: lifeMs === null ? null : issuedAt + lifeMs };
}

function isQuota(error: unknown): error is CredentialError {
  return error instanceof CredentialError && error.kind === "quota";
}

function isUnclear(error: unknown): boolean {
  if (!(error instanceof CredentialError)) return true;
  return error.kind === "unreachable" || error.kind === "malformed";
}

/** The text is not documented, so this looks for the word. */
function isAboutScopes(error: unknown): boolean {
  return error instanceof CredentialError && error.kind === "forbidden" &&
    /\bscopes?\b/i.test(error.message);
}

function none(): null {
  return null;
}

function doesNotWork(cause: CredentialError): CredentialError {
  // Of the new token, not of the serving one: that one stays in use.
  const message = `The new token does not work: ${cause.message}`;
  return new CredentialError("unreachable", message, { cause });
}

/**
 * The spare: a second token of our own that can mint when the serving one is lost. It is in this
 * isolate's memory and nowhere else, and serves no request.
 *
 * @module
 */

import type { Logger } from "@logtape/logtape";
import type { SpareView } from "../protocol.ts";
import type { Secret } from "../workspace/credential.ts";
import type { TokenApi } from "../workspace/token_api.ts";
import { describeError } from "../support/errors.ts";
import { withAnyOf } from "./bearers.ts";
import { type JournalFile, withoutTokens } from "./journal.ts";
import type { Minted, Minter, MintOrder } from "./minter.ts";
import type { Retirement } from "./retirement.ts";
import { Retries } from "./retries.ts";
import type { Clocks } from "../support/set_back.ts";

/** What a {@link Spare} works with. */
export interface SpareOptions extends Clocks {
  readonly api: TokenApi;
  readonly journal: JournalFile;
  readonly minter: Minter;
  readonly retirement: Retirement;
  readonly log: Logger;
  /** In [0, 1), for the pauses between tries. */
  readonly random: () => number;
  /** 0: there is no spare. */
  readonly spareLifetimeMs: number;
}

/** Holds the spare. */
export class Spare {
  readonly #options: SpareOptions;
  readonly #retries: Retries;
  #current: Minted | null = null;
  /** The last try made way for something that could not wait, which is no failure to tell of. */
  #wasCalledOff = false;

  /** There is none yet. */
  constructor(options: SpareOptions) {
    this.#options = options;
    this.#retries = new Retries({ ...options, windowMs: options.spareLifetimeMs / 2 });
  }

  /** The token, `null` if there is none that could be alive. */
  get secret(): Secret | null {
    return this.#alive()?.secret ?? null;
  }

  /** Its id, likewise. */
  get tokenId(): string | null {
    return this.#alive()?.tokenId ?? null;
  }

  /** For people; `null` if there is to be none. */
  get view(): SpareView | null {
    if (this.#options.spareLifetimeMs === 0) return null;
    const { tokenId = null, expiresAt = null } = this.#alive() ?? {};
    const lastFailure = this.#wasCalledOff ? null : this.#retries.message;
    return { tokenId, expiresAt, lastFailure };
  }

  /** Whether there is none, or it has lived for half of its life. */
  isDue(): boolean {
    const { spareLifetimeMs, now } = this.#options;
    if (spareLifetimeMs === 0 || !this.#retries.isDue("unasked")) return false;
    const current = this.#alive();
    if (current === null) return true;
    const ageMs = now() - current.issuedAt;
    // Made in the future: a clock is wrong, so its age is not known.
    return ageMs < 0 || ageMs >= spareLifetimeMs / 2;
  }

  /** Puts another one in its place. Never throws; what fails is tried again after a pause. */
  async renew(
    order: Pick<MintOrder, "bearers" | "onDead"> & { signal: AbortSignal },
  ): Promise<void> {
    const { minter, retirement, log, spareLifetimeMs: lifetimeMs } = this.#options;
    const startedAt = this.#options.elapsed();
    try {
      const next = await minter.mint({ ...order, lifetimeMs, scopes: null });
      try {
        await minter.record(next);
        await minter.verify(next, order);
      } catch (error) {
        await minter.discard(next, order.bearers);
        throw error;
      }
      const old = this.#current;
      this.#current = next;
      this.#wasCalledOff = false;
      this.#retries.succeed();
      log.info("spare-renewed", { oldId: old?.tokenId ?? null, newId: next.tokenId });
      if (old !== null) retirement.drop(old.tokenId, old);
    } catch (error) {
      this.#wasCalledOff = order.signal.aborted;
      const retryInMs = Math.round(this.#retries.fail(error, { leftMs: null, startedAt }));
      if (this.#wasCalledOff) log.info("spare-put-off", { retryInMs });
      else log.warn("spare-failed", { error: this.#retries.message, retryInMs });
    }
  }

  /** Forgets it if it is `secret`: the workspace called that dead. */
  lose(secret: Secret): void {
    if (this.#current?.secret.equals(secret) !== true) return;
    this.#options.log.warn("spare-dead", { tokenId: this.#current.tokenId });
    this.#current = null;
  }

  /** Revokes it at the end. Never throws: what stays is swept at the next start. */
  async revoke(bearers: readonly Secret[]): Promise<void> {
    const current = this.#alive();
    this.#current = null;
    if (current === null) return;
    const { api, journal, log } = this.#options;
    const { tokenId, secret } = current;
    try {
      // It can revoke itself, where the serving one is scoped or dead.
      await withAnyOf([...bearers, secret], { call: (bearer) => api.delete(bearer, tokenId) });
      log.info("revoked", { tokenId });
      await journal.change((state) => withoutTokens(state, [tokenId]));
    } catch (error) {
      log.warn("revoke-failed", { tokenId, error: describeError(error) });
    }
  }

  #alive(): Minted | null {
    const current = this.#current;
    if (current === null || current.expiresAt === null) return current;
    return this.#options.now() < current.expiresAt ? current : null;
  }
}

/**
 * The end of old tokens: each is revoked when nothing uses it any more, and only if it is
 * provably our own or was given to us for this.
 *
 * @module
 */

import type { Logger } from "@logtape/logtape";
import type { Generation, Secret } from "../workspace/credential.ts";
import type { TokenApi, TokenInfo } from "../workspace/token_api.ts";
import { describeError } from "../support/errors.ts";
import { planBootstrap } from "./bootstrap.ts";
import { type JournalFile, withoutTokens } from "./journal.ts";
import type { Proxies } from "./proxies.ts";
import type { Owned } from "./steps.ts";
import { findOrphans } from "./sweep.ts";

/** What retiring works with. */
export interface RetirementOptions {
  readonly api: TokenApi;
  readonly journal: JournalFile;
  readonly proxies: Proxies;
  readonly log: Logger;
  readonly now: () => number;
  /** The token to revoke with: the serving one at that moment. */
  readonly bearer: () => Secret | null;
  readonly comment: string;
  readonly drainTimeoutMs: number;
  readonly bootstrapRevoke: "auto" | "always" | "never";
}

const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 30_000;

/** Old tokens on their way out. */
export class Retirement {
  readonly #options: RetirementOptions;
  readonly #stop = new AbortController();
  readonly #pending = new Map<string, Promise<void>>();
  /** Whether a token of ours may live that the journal does not know. */
  isSweepDue = false;

  /** Nothing is pending yet. */
  constructor(options: RetirementOptions) {
    this.#options = options;
  }

  /** Tokens that are still to be revoked. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Revokes a token that was replaced, once its requests are done. Returns at once. */
  retire(old: Owned, options: { readonly listed: readonly TokenInfo[] | null }): void {
    const tokenId = this.#findRevocable(old, options.listed);
    if (tokenId === null || this.#pending.has(tokenId)) return;
    const work = this.#drainAndRevoke(tokenId, old.generation)
      .catch((error) =>
        this.#options.log.warn("revoke-failed", { tokenId, error: describeError(error) })
      )
      .finally(() => this.#pending.delete(tokenId));
    this.#pending.set(tokenId, work);
  }

  /**
   * Revokes orphans of our own among `listed`; the serving token and those that still drain are
   * needed. What fails is swept again after the next rotation.
   */
  async sweep(listed: readonly TokenInfo[], servingId: string | null): Promise<void> {
    const { journal, comment, log } = this.#options;
    const needed = [...this.#pending.keys(), ...(servingId === null ? [] : [servingId])];
    const journalled = journal.journal.tokens.map(({ id }) => id);
    this.isSweepDue = false;
    try {
      for (const tokenId of findOrphans({ listed, comment, journalled, needed })) {
        log.info("swept", { tokenId });
        await this.#revoke(tokenId);
      }
      const alive = new Set(listed.map(({ tokenId }) => tokenId));
      const lapsed = journalled.filter((id) => !alive.has(id) && !needed.includes(id));
      await journal.change((state) => ({ ...withoutTokens(state, lapsed), mintingSince: null }));
    } catch (error) {
      this.isSweepDue = true;
      log.warn("sweep-failed", { error: describeError(error) });
    }
  }

  /** Stops waiting for anything; what could not be revoked stays in the journal. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#pending.values());
  }

  #findRevocable(old: Owned, listed: readonly TokenInfo[] | null): string | null {
    if (old.origin === "own") return old.generation.tokenId;
    const { bootstrapRevoke: policy, now, log } = this.#options;
    const fate = planBootstrap(old.generation.secret, { listed: listed ?? [], policy, now: now() });
    if (fate.action === "revoke") return fate.tokenId;
    log.warn("bootstrap-left", {
      tokenId: fate.tokenId,
      reason: fate.reason,
      remedy: "revoke it yourself in the workspace (Settings, Developer, Access tokens) if " +
        "nothing else uses it, or set BOOTSTRAP_REVOKE=always",
    });
    return null;
  }

  async #drainAndRevoke(tokenId: string, { number, expiresAt }: Generation): Promise<void> {
    const { proxies, drainTimeoutMs, now, log } = this.#options;
    const lifeMs = expiresAt === null ? drainTimeoutMs : Math.max(0, expiresAt - now());
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), Math.min(drainTimeoutMs, lifeMs));
    const how = await proxies.drain(number, AbortSignal.any([timeout.signal, this.#stop.signal]));
    clearTimeout(timer);
    if (how === "timeout") log.warn("drain-timeout", { tokenId, generation: number });
    for (let pauseMs = FIRST_PAUSE_MS;; pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 2)) {
      try {
        return await this.#revoke(tokenId);
      } catch (error) {
        log.warn("revoke-failed", { tokenId, error: describeError(error) });
        // It lapses by itself; and after a stop the journal carries it to the next start.
        if (this.#stop.signal.aborted) return;
        if (expiresAt !== null && now() > expiresAt) return await this.#forget(tokenId);
        await pause(pauseMs, this.#stop.signal);
      }
    }
  }

  async #revoke(tokenId: string): Promise<void> {
    const bearer = this.#options.bearer();
    if (bearer === null) throw new TypeError("there is no token to revoke with");
    await this.#options.api.delete(bearer, tokenId);
    await this.#forget(tokenId);
    this.#options.log.info("revoked", { tokenId });
  }

  async #forget(tokenId: string): Promise<void> {
    await this.#options.journal.change((state) => withoutTokens(state, [tokenId]));
  }
}

async function pause(pauseMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, pauseMs);
  signal.addEventListener("abort", () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
}

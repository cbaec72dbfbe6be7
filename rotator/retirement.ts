/**
 * The end of old tokens: each is revoked when nothing uses it any more, and only if it is
 * provably our own or was given to us for this.
 *
 * @module
 */

import type { Logger } from "@logtape/logtape";
import type { Secret } from "../workspace/credential.ts";
import type { TokenApi, TokenInfo } from "../workspace/token_api.ts";
import { describeError } from "../support/errors.ts";
import type { Owned } from "./adopt.ts";
import { type BootstrapFate, planBootstrap } from "./bootstrap.ts";
import { type JournalFile, knowsAny, withoutTokens, withVerdict } from "./journal.ts";
import type { Proxies } from "./proxies.ts";
import { findOrphans } from "./sweep.ts";
import { callAt, pause } from "./waits.ts";

/** What retiring works with. */
export interface RetirementOptions {
  readonly api: TokenApi;
  readonly journal: JournalFile;
  readonly proxies: Proxies;
  readonly log: Logger;
  readonly now: () => number;
  /** The token to revoke with: the serving one at that moment. */
  readonly bearer: () => Secret | null;
  /**
   * Ids of the serving token and of the one in the profile, which are never revoked. Throws if
   * the profile cannot be read.
   */
  readonly inUse: () => readonly string[];
  readonly comment: string;
  readonly drainTimeoutMs: number;
  readonly bootstrapRevoke: "auto" | "always" | "never";
}

/** A token on its way out. */
interface Leaving {
  readonly tokenId: string;
  /** The last generation that it served as. */
  readonly number: number;
  readonly expiresAt: number | null;
}

interface Pending {
  readonly work: Promise<void>;
  /** Aborted: its requests are not waited for any longer. */
  readonly patience: AbortController;
  /** Aborted: it stays. */
  readonly recall: AbortController;
}

const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 30_000;

/** Old tokens on their way out. */
export class Retirement {
  readonly #options: RetirementOptions;
  readonly #pending = new Map<string, Pending>();
  readonly #stop = new AbortController();
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

  /**
   * Notes that a given token will have to be revoked, before it is replaced on disk: a crash
   * after that would leave nothing else that remembers it.
   */
  async condemn(old: Owned, listed: readonly TokenInfo[] | null): Promise<void> {
    if (old.origin === "own") return;
    const fate = this.#planGiven(old, listed);
    if (fate.action !== "revoke") return;
    const verdict = { id: fate.tokenId, to: "revoke" } as const;
    await this.#options.journal.change((journal) => withVerdict(journal, verdict));
  }

  /** Takes {@link Retirement.condemn} back: the token was not replaced after all. */
  async pardon({ generation: { tokenId: id } }: Owned): Promise<void> {
    const { journal } = this.#options;
    if (id === null || !journal.journal.condemned.includes(id)) return;
    await journal.change((state) => withVerdict(state, { id, to: "leave" }));
  }

  /** Revokes a token that was replaced, once its requests are done. Returns at once. */
  retire(old: Owned, listed: readonly TokenInfo[] | null): void {
    const tokenId = this.#findRevocable(old, listed);
    const { number, expiresAt } = old.generation;
    if (tokenId !== null) this.#begin({ tokenId, number, expiresAt });
  }

  /**
   * Revokes orphans of our own among `listed`, the token list of the serving token. Requests may
   * still use them, if a rotator died before this one: those of `lastNumber` and older
   * generations are waited for.
   */
  async sweep(listed: readonly TokenInfo[], lastNumber: number): Promise<void> {
    const { journal, comment, log, inUse, bootstrapRevoke } = this.#options;
    const { tokens, condemned } = journal.journal;
    const own = tokens.map(({ id }) => id);
    const journalled = bootstrapRevoke === "never" ? own : [...own, ...condemned];
    this.isSweepDue = false;
    try {
      const needed = [...inUse(), ...this.#pending.keys()];
      for (const tokenId of findOrphans({ listed, comment, journalled, needed })) {
        log.info("swept", { tokenId });
        const expiresAt = listed.find((token) => token.tokenId === tokenId)?.expiresAt ?? null;
        this.#begin({ tokenId, number: lastNumber, expiresAt });
      }
      const alive = new Set(listed.map(({ tokenId }) => tokenId));
      const known = [...own, ...condemned];
      await this.#forget(known.filter((id) => !alive.has(id) && !needed.includes(id)));
    } catch (error) {
      this.isSweepDue = true;
      log.warn("sweep-failed", { error: describeError(error) });
    }
  }

  /** Lets a token stay that was on its way out. After this it is revoked already, or stays. */
  async recall(tokenId: string): Promise<void> {
    const pending = this.#pending.get(tokenId);
    pending?.recall.abort();
    await pending?.work;
  }

  /** Stops waiting for anything; what could not be revoked stays in the journal. */
  async stop(): Promise<void> {
    this.#stop.abort();
    for (const { patience } of this.#pending.values()) patience.abort();
    await Promise.all([...this.#pending.values()].map(({ work }) => work));
  }

  #findRevocable(old: Owned, listed: readonly TokenInfo[] | null): string | null {
    if (old.origin === "own") return old.generation.tokenId;
    const fate = this.#planGiven(old, listed);
    if (fate.action === "revoke") return fate.tokenId;
    this.#options.log.warn("bootstrap-left", {
      tokenId: fate.tokenId,
      reason: fate.reason,
      remedy: "revoke it yourself in the workspace (Settings, Developer, Access tokens) if " +
        "nothing else uses it, or set BOOTSTRAP_REVOKE=always",
    });
    return null;
  }

  #planGiven({ generation }: Owned, listed: readonly TokenInfo[] | null): BootstrapFate {
    const { bootstrapRevoke: policy, now } = this.#options;
    return planBootstrap(generation.secret, { listed: listed ?? [], policy, now: now() });
  }

  #begin(leaving: Leaving): void {
    const { tokenId } = leaving;
    if (this.#pending.has(tokenId)) return;
    const patience = new AbortController();
    const recall = new AbortController();
    if (this.#stop.signal.aborted) patience.abort();
    const signals = { patience, recall };
    const work = this.#drainAndRevoke(leaving, signals).finally(() =>
      this.#pending.delete(tokenId)
    );
    this.#pending.set(tokenId, { work, ...signals });
  }

  async #drainAndRevoke(leaving: Leaving, signals: Omit<Pending, "work">): Promise<void> {
    const { tokenId, number, expiresAt } = leaving;
    const { patience, recall } = signals;
    const { proxies, drainTimeoutMs, now, log } = this.#options;
    const lapse = new AbortController();
    const end = AbortSignal.any([lapse.signal, recall.signal]);
    const timer = setTimeout(() => patience.abort(), drainTimeoutMs);
    const callOff = expiresAt === null ? () => {} : callAt(expiresAt, () => lapse.abort(), now);
    const how = await proxies.drain(number, { patience: patience.signal, end });
    clearTimeout(timer);
    if (how === "timeout") log.warn("drain-timeout", { tokenId, generation: number });
    await this.#insist(tokenId, { lapse: lapse.signal, recall: recall.signal });
    callOff();
  }

  /** Tries to revoke until it succeeds, the token lapses by itself, or it is needed again. */
  async #insist(
    tokenId: string,
    { lapse, recall }: { readonly lapse: AbortSignal; readonly recall: AbortSignal },
  ): Promise<void> {
    const wake = AbortSignal.any([lapse, recall, this.#stop.signal]);
    for (let pauseMs = FIRST_PAUSE_MS;; pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 2)) {
      if (recall.aborted) return;
      const isLast = wake.aborted;
      try {
        if (!this.#options.inUse().includes(tokenId)) return await this.#revoke(tokenId);
      } catch (error) {
        this.#options.log.warn("revoke-failed", { tokenId, error: describeError(error) });
      }
      if (isLast) break;
      await pause(pauseMs, wake);
    }
    // The journal carries it to the next sweep.
    this.isSweepDue = true;
  }

  async #revoke(tokenId: string): Promise<void> {
    const bearer = this.#options.bearer();
    if (bearer === null) throw new TypeError("there is no token to revoke with");
    await this.#options.api.delete(bearer, tokenId);
    this.#options.log.info("revoked", { tokenId });
    await this.#forget([tokenId]);
  }

  async #forget(ids: readonly string[]): Promise<void> {
    const { journal, log } = this.#options;
    if (!knowsAny(journal.journal, ids)) return;
    try {
      await journal.change((state) => withoutTokens(state, ids));
    } catch (error) {
      // An id too many does no harm, and the next sweep strikes it out.
      this.isSweepDue = true;
      log.warn("journal-failed", { error: describeError(error) });
    }
  }
}

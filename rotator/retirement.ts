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
import { within } from "../support/within.ts";
import type { Owned } from "./adopt.ts";
import { withAnyOf } from "./bearers.ts";
import { type BootstrapFate, planBootstrap } from "./bootstrap.ts";
import {
  type JournalFile,
  knowsAny,
  withoutIntents,
  withoutTokens,
  withToken,
  withVerdict,
} from "./journal.ts";
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
  /** Tokens to revoke with at that moment, best first. */
  readonly bearers: () => readonly Secret[];
  /**
   * Ids of the serving token, of the spare and of the token in the profile, which are never
   * revoked. Throws if the profile cannot be read.
   */
  readonly inUse: () => readonly string[];
  /** Whether an agent's file still holds that token, which is not revoked until it lapses. */
  readonly isHeld: (tokenId: string) => boolean;
  readonly comment: string;
  readonly drainTimeoutMs: number;
  /**
   * Least time between a token's successor and its end, for those who read the profile or a file
   * of theirs just before: they may be about to use what they read.
   */
  readonly graceMs: number;
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
/** How often a token is looked at that an agent's file still holds. */
const HELD_PAUSE_MS = 1_000;
/** Longest wait for room: what is not revoked by then goes on being tried beside. */
const ROOM_WAIT_MS = 3_000;
/** Generations begin above it: no request was ever sent with such a token. */
const UNUSED = -1;

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

  /** Takes {@link Retirement.condemn} back: the token was not replaced after all. Never throws. */
  async pardon({ generation: { tokenId: id } }: Owned): Promise<void> {
    const { journal, log } = this.#options;
    if (id === null || !journal.journal.condemned.includes(id)) return;
    try {
      await journal.change((state) => withVerdict(state, { id, to: "leave" }));
    } catch (error) {
      // It serves on, so it is not revoked; once it is replaced, its fate is decided anew.
      log.warn("journal-failed", { error: describeError(error) });
    }
  }

  /** Revokes a token that was replaced, once its requests are done. Returns at once. */
  retire(old: Owned, listed: readonly TokenInfo[] | null): void {
    const tokenId = this.#findRevocable(old, listed);
    const { number, expiresAt } = old.generation;
    if (tokenId !== null) this.#begin({ tokenId, number, expiresAt });
  }

  /** Revokes a token of our own that no request was ever sent with. Returns at once. */
  drop(tokenId: string, { expiresAt }: { readonly expiresAt: number | null }): void {
    this.#begin({ tokenId, number: UNUSED, expiresAt });
  }

  /**
   * Revokes orphans of our own among `listed`, the token list of the serving token. Requests may
   * still use them, if a rotator died before this one: those of `lastNumber` and older generations
   * are waited for. What the journal does not know (`unnoted`) was never used, unless the journal
   * itself was lost before the start.
   *
   * @returns the ids of those that are revoked at once.
   */
  async sweep(
    listed: readonly TokenInfo[],
    { lastNumber, unnoted = "unused" }: {
      readonly lastNumber: number;
      readonly unnoted?: "used" | "unused";
    },
  ): Promise<readonly string[]> {
    const { journal, comment, log, inUse, bootstrapRevoke } = this.#options;
    const { tokens, condemned, intents } = journal.journal;
    const own = tokens.map(({ id }) => id);
    const journalled = bootstrapRevoke === "never" ? own : [...own, ...condemned];
    this.isSweepDue = false;
    try {
      const needed = [...inUse(), ...this.#pending.keys()];
      const orphans = findOrphans({ listed, comment, journalled, needed });
      const unseen = listed.filter(({ tokenId }) =>
        orphans.includes(tokenId) && !journalled.includes(tokenId)
      );
      const alive = new Set(listed.map(({ tokenId }) => tokenId));
      const known = [...own, ...condemned];
      const gone = known.filter((id) => !alive.has(id) && !needed.includes(id));
      await this.#note({ unseen, gone, intents });
      for (const tokenId of orphans) {
        log.info("swept", { tokenId });
        const isUnused = unnoted === "unused" && !journalled.includes(tokenId);
        const number = isUnused ? UNUSED : lastNumber;
        const expiresAt = listed.find((token) => token.tokenId === tokenId)?.expiresAt ?? null;
        this.#begin({ tokenId, number, expiresAt });
      }
      return unseen.map(({ tokenId }) => tokenId);
    } catch (error) {
      this.isSweepDue = true;
      log.warn("sweep-failed", { error: describeError(error) });
      return [];
    }
  }

  /**
   * Lists with one of `bearers`, sweeps, and waits a moment until what nobody has seen is gone.
   *
   * @throws {CredentialError} if the tokens cannot be listed.
   */
  async sweepNow(
    bearers: readonly Secret[],
    { lastNumber, onDead }: {
      readonly lastNumber: number;
      readonly onDead: (bearer: Secret) => void;
    },
  ): Promise<void> {
    const call = (bearer: Secret) => this.#options.api.list(bearer);
    const listed = await withAnyOf(bearers, { call, onDead });
    await this.#ended(await this.sweep(listed, { lastNumber }));
  }

  /** Waits no longer for the requests of the `count` oldest tokens, and a moment for their end. */
  async hasten(count: number): Promise<void> {
    const oldest = [...this.#pending].slice(0, count);
    for (const [, { patience }] of oldest) patience.abort();
    await this.#ended(oldest.map(([tokenId]) => tokenId));
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

  async #ended(ids: readonly string[]): Promise<void> {
    await within(Promise.all(ids.map((id) => this.#pending.get(id)?.work)), ROOM_WAIT_MS);
  }

  /** Writes down what a list has shown: orphans, tokens that are gone, and the ends of mints. */
  async #note({ unseen, gone, intents }: {
    readonly unseen: readonly TokenInfo[];
    readonly gone: readonly string[];
    readonly intents: readonly number[];
  }): Promise<void> {
    if (unseen.length + gone.length + intents.length === 0) return;
    await this.#options.journal.change((state) =>
      unseen.reduce(
        (noted, { tokenId: id, createdAt: mintedAt, expiresAt }) =>
          withToken(noted, { id, mintedAt, expiresAt }),
        withoutIntents(withoutTokens(state, gone), intents),
      )
    );
  }

  async #drainAndRevoke(leaving: Leaving, signals: Omit<Pending, "work">): Promise<void> {
    const { tokenId, number, expiresAt } = leaving;
    const { patience, recall } = signals;
    const { proxies, drainTimeoutMs, graceMs, now, log } = this.#options;
    const lapse = new AbortController();
    const end = AbortSignal.any([lapse.signal, recall.signal]);
    const timer = setTimeout(() => patience.abort(), drainTimeoutMs);
    const callOff = expiresAt === null ? () => {} : callAt(expiresAt, () => lapse.abort(), now);
    const startedAt = performance.now();
    const how = await proxies.drain(number, { patience: patience.signal, end });
    if (number !== UNUSED) {
      const leftMs = graceMs - (performance.now() - startedAt);
      await pause(Math.max(0, leftMs), AbortSignal.any([patience.signal, end]));
    }
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
    const { inUse, isHeld, log } = this.#options;
    for (let pauseMs = FIRST_PAUSE_MS;; pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 2)) {
      if (recall.aborted) return;
      const isLast = wake.aborted;
      while (isHeld(tokenId) && !wake.aborted) await pause(HELD_PAUSE_MS, wake);
      try {
        if (!inUse().includes(tokenId) && !isHeld(tokenId)) return await this.#revoke(tokenId);
      } catch (error) {
        log.warn("revoke-failed", { tokenId, error: describeError(error) });
      }
      if (isLast) break;
      await pause(pauseMs, wake);
    }
    // The journal carries it to the next sweep.
    this.isSweepDue = true;
  }

  async #revoke(tokenId: string): Promise<void> {
    const { api, bearers, log } = this.#options;
    const startedAt = performance.now();
    await withAnyOf(bearers(), { call: (bearer) => api.delete(bearer, tokenId) });
    log.info("revoked", { tokenId, tookMs: Math.round(performance.now() - startedAt) });
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

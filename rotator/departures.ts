/**
 * Tokens on their way out: each is revoked when nothing uses it any more, or its time is up.
 *
 * @module
 */

import type { Logger } from "@logtape/logtape";
import type { Secret } from "../workspace/credential.ts";
import type { TokenApi } from "../workspace/token_api.ts";
import { describeError } from "../support/errors.ts";
import { within } from "../support/within.ts";
import { withAnyOf } from "./bearers.ts";
import { type JournalFile, knowsAny, withoutTokens } from "./journal.ts";
import type { Proxies } from "./proxies.ts";
import { callAt, pause } from "./waits.ts";

/** What {@link Departures} work with. */
export interface DeparturesOptions {
  readonly api: TokenApi;
  readonly journal: JournalFile;
  readonly proxies: Proxies;
  readonly log: Logger;
  /** Epoch ms. */
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
  /** Longest wait for its requests. */
  readonly drainTimeoutMs: number;
  /**
   * Least time between a token's successor and its end, for those who read the profile or a file
   * of theirs just before: they may be about to use what they read. Below the drain timeout.
   */
  readonly graceMs: number;
}

/** A token on its way out. */
export interface Leaving {
  readonly tokenId: string;
  /** The last generation that it served as; {@link UNUSED} if no request was ever sent with it. */
  readonly number: number;
  /** Epoch ms, `null` where nothing is known of it. */
  readonly expiresAt: number | null;
}

/** Generations begin above it. */
export const UNUSED = -1;

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
/** Longest wait for an end: what is not revoked by then goes on being tried beside. */
const END_WAIT_MS = 3_000;

/** All that are on their way. */
export class Departures {
  readonly #options: DeparturesOptions;
  readonly #pending = new Map<string, Pending>();
  readonly #stop = new AbortController();

  /** Nothing is on its way yet. */
  constructor(options: DeparturesOptions) {
    this.#options = options;
  }

  /** Their ids, oldest first. */
  get ids(): readonly string[] {
    return [...this.#pending.keys()];
  }

  /** Sends a token on its way, unless it is already. Returns at once. */
  begin(leaving: Leaving): void {
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

  /** Waits a moment until these have ended. */
  async ended(ids: readonly string[]): Promise<void> {
    await within(Promise.all(ids.map((id) => this.#pending.get(id)?.work)), END_WAIT_MS);
  }

  /** Waits no longer for anything that uses these, and a moment for their end. */
  async hasten(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#pending.get(id)?.patience.abort();
    await this.ended(ids);
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

  async #drainAndRevoke(leaving: Leaving, signals: Omit<Pending, "work">): Promise<void> {
    const { tokenId, number, expiresAt } = leaving;
    const { patience, recall } = signals;
    const { proxies, drainTimeoutMs, graceMs, now, log } = this.#options;
    const lapse = new AbortController();
    const end = AbortSignal.any([lapse.signal, recall.signal]);
    const timer = setTimeout(() => patience.abort(), drainTimeoutMs);
    const callOff = expiresAt === null ? () => {} : callAt(expiresAt, () => lapse.abort(), now);
    if (number !== UNUSED && graceMs > 0) {
      await pause(graceMs, AbortSignal.any([patience.signal, end]));
    }
    // Asked after that: a proxy goes back to it as long as an endpoint does not know its successor.
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
      log.warn("journal-failed", { error: describeError(error) });
    }
  }
}

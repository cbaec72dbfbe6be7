/**
 * What becomes of tokens that are not needed any more: only what is provably our own, or was given
 * to us for this, is revoked.
 *
 * @module
 */

import type { Secret } from "../workspace/credential.ts";
import type { TokenInfo } from "../workspace/token_api.ts";
import { describeError } from "../support/errors.ts";
import type { Owned } from "./adopt.ts";
import { withAnyOf } from "./bearers.ts";
import { type BootstrapFate, planBootstrap } from "./bootstrap.ts";
import { Departures, type DeparturesOptions, UNUSED } from "./departures.ts";
import { withoutIntents, withoutTokens, withToken, withVerdict } from "./journal.ts";
import { findOrphans } from "./sweep.ts";

/** What retiring works with. */
export interface RetirementOptions extends DeparturesOptions {
  /** The exact comment of our own tokens. */
  readonly comment: string;
  readonly bootstrapRevoke: "auto" | "always" | "never";
}

/** Decides which tokens go. */
export class Retirement {
  readonly #options: RetirementOptions;
  readonly #departures: Departures;

  /** Nothing is on its way yet. */
  constructor(options: RetirementOptions) {
    this.#options = options;
    this.#departures = new Departures(options);
  }

  /** How many tokens are still to be revoked. */
  get pending(): number {
    return this.#departures.ids.length;
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
    if (tokenId !== null) this.#departures.begin({ tokenId, number, expiresAt });
  }

  /** Revokes a token of our own that no request was ever sent with. Returns at once. */
  drop(tokenId: string, { expiresAt }: { readonly expiresAt: number | null }): void {
    this.#departures.begin({ tokenId, number: UNUSED, expiresAt });
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
    try {
      const needed = [...inUse(), ...this.#departures.ids];
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
        this.#departures.begin({ tokenId, number, expiresAt });
      }
      return unseen.map(({ tokenId }) => tokenId);
    } catch (error) {
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
    await this.#departures.ended(await this.sweep(listed, { lastNumber }));
  }

  /** Ends the `count` oldest of our own that are on their way, and waits a moment for that. */
  async hasten(count: number): Promise<void> {
    const { tokens } = this.#options.journal.journal;
    const own = this.#departures.ids.filter((id) => tokens.some((token) => token.id === id));
    await this.#departures.hasten(own.slice(0, count));
  }

  /** See {@link Departures.recall}. */
  async recall(tokenId: string): Promise<void> {
    await this.#departures.recall(tokenId);
  }

  /** See {@link Departures.stop}. */
  async stop(): Promise<void> {
    await this.#departures.stop();
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
}

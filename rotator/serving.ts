/**
 * The serving token: found alive among those at hand, handed to the proxies under a number, and
 * asked about when the workspace refuses it.
 *
 * @module
 */

import type { Logger } from "@logtape/logtape";
import { type Generation, type Secret, tokenIdOf } from "../workspace/credential.ts";
import type { TokenApi } from "../workspace/token_api.ts";
import { CredentialError, describeError } from "../support/errors.ts";
import { within } from "../support/within.ts";
import { type Adopted, adoptToken, type Owned } from "./adopt.ts";
import type { AgentTokens } from "./agent_tokens.ts";
import { type JournalFile, withToken } from "./journal.ts";
import type { Proxies } from "./proxies.ts";
import type { Retirement } from "./retirement.ts";

/** What {@link Serving} works with. */
export interface ServingOptions {
  readonly api: TokenApi;
  readonly journal: JournalFile;
  readonly proxies: Proxies;
  readonly retirement: Retirement;
  readonly agentTokens: AgentTokens;
  readonly log: Logger;
  /** Ms by a clock that only rises. */
  readonly elapsed: () => number;
  /** The PAT of the environment. */
  readonly bootstrapToken: Secret | null;
  /** How the profile is called in sentences. */
  readonly profileLabel: string;
  readonly comment: string;
  readonly rotation: "auto" | "off";
  /** Told of each generation before the proxies are. */
  readonly onServe: (generation: Generation) => void;
  /** Numbers of generations go on from here. */
  readonly lastNumber: number;
}

/** The token in the profile, `null` if there is none; an `Error` if it cannot be read. */
export type ProfileToken = Secret | Error | null;

/** How long a confirmed token needs no further confirmation, however often it is refused. */
const CONFIRMED_MS = 2_000;
/** One that nobody could be asked about serves again no more often than this. */
const UNPROVED_MS = 5_000;
/** How long a dead token stands in the profile before it is replaced. */
const SPOILT_MS = 2_000;
/** A proxy isolate that has not confirmed a generation by then is worth a line in the log. */
const SILENT_MS = 2_000;

/** Holds the serving token. */
export class Serving {
  readonly #options: ServingOptions;
  #current: Owned | null = null;
  #buried: Owned | null = null;
  #confirmed: Promise<number | null> = Promise.resolve(null);
  #number: number;
  /** A token of the profile that was found dead. */
  #dead: Secret | null = null;
  #deadSince = Number.NEGATIVE_INFINITY;
  #rejectedNumber = -1;
  #confirmedAt = Number.NEGATIVE_INFINITY;
  #unprovedAt = Number.NEGATIVE_INFINITY;

  /** Nothing serves yet. */
  constructor(options: ServingOptions) {
    this.#options = options;
    this.#number = options.lastNumber;
  }

  /** What serves, `null` if nothing does. */
  get current(): Owned | null {
    return this.#current;
  }

  /** What served last, if it was found dead. */
  get buried(): Owned | null {
    return this.#buried;
  }

  /** Ms until every proxy isolate had confirmed what serves; `null` if one is silent. */
  get confirmed(): Promise<number | null> {
    return this.#confirmed;
  }

  /** Whether the workspace called the serving token dead, and was not asked about it yet. */
  get isRejected(): boolean {
    return this.#current !== null && this.#rejectedNumber >= this.#current.generation.number;
  }

  /** The workspace called a generation dead; `null`: one without a number. */
  reject(number: number | null): void {
    this.#rejectedNumber = Math.max(this.#rejectedNumber, number ?? this.#number);
  }

  /** The number of the next generation. */
  nextNumber(): number {
    return ++this.#number;
  }

  /**
   * Makes it the serving one. Nothing waits for the proxies here: an old token is retired only
   * when all of them have confirmed a newer one.
   */
  serve(owned: Owned): void {
    const { generation } = owned;
    const { onServe, proxies, log, elapsed } = this.#options;
    this.#current = owned;
    onServe(generation);
    const publishedAt = elapsed();
    const tookMs = proxies.publish(generation).then(() => Math.round(elapsed() - publishedAt));
    this.#confirmed = within(tookMs, SILENT_MS).then((how) => {
      if (how !== "late") return how;
      log.warn("proxy-silent", { generation: generation.number });
      return null;
    });
  }

  /** Whether the profile holds a token of which nothing is known. */
  isUnknown(profile: ProfileToken): profile is Secret {
    if (profile === null || profile instanceof Error) return false;
    if (this.#current?.generation.secret.equals(profile)) return false;
    return this.#dead?.equals(profile) !== true;
  }

  /**
   * Whether the profile has held a dead token for a while, although a live one serves. Whoever
   * reads it is worse off, and so is the next start of this service. A while, since the text may
   * have been half written.
   */
  isSpoilt(profile: ProfileToken): boolean {
    if (profile === null || profile instanceof Error || this.#current === null) return false;
    if (this.#current.generation.secret.equals(profile) || !this.#dead?.equals(profile)) {
      return false;
    }
    return this.#options.elapsed() - this.#deadSince >= SPOILT_MS;
  }

  /** A refused token is asked about; if it lives, it serves on under a new number. */
  async confirmIfRejected(): Promise<void> {
    if (this.#current === null || !this.isRejected) return;
    const { elapsed, log } = this.#options;
    const { generation, origin } = this.#current;
    const askedAt = elapsed();
    if (askedAt - this.#confirmedAt > CONFIRMED_MS) {
      const live = await this.#findLive([generation.secret])
        .catch((error) => this.#serveUnproved(error));
      if (live === null) {
        log.warn("token-dead", { tokenId: generation.tokenId });
        this.#buried = this.#current;
        this.#dead = generation.secret;
        this.#current = null;
        return;
      }
      this.#confirmedAt = askedAt;
    }
    this.serve({ generation: { ...generation, number: this.nextNumber() }, origin });
  }

  /**
   * Nobody can be asked. A workspace that fails may have called a living token dead as well, so it
   * serves again, now and then: who is refused by it is no worse off than without.
   */
  #serveUnproved(error: unknown): never {
    const { elapsed } = this.#options;
    const current = this.#current;
    if (current !== null && elapsed() - this.#unprovedAt >= UNPROVED_MS) {
      this.#unprovedAt = elapsed();
      const generation = { ...current.generation, number: this.nextNumber() };
      this.serve({ ...current, generation });
    }
    throw error;
  }

  /**
   * Takes up another token in the profile, or, if nothing serves, whatever lives.
   *
   * @returns whether another token serves now.
   * @throws {CredentialError} "dead-token" if nothing lives, another kind if that is not known.
   */
  async adopt(profile: ProfileToken): Promise<"taken" | "kept"> {
    const { bootstrapToken, profileLabel, retirement, log } = this.#options;
    const isServing = this.#current !== null;
    if (isServing && !this.isUnknown(profile)) return "kept";
    const token = profile instanceof Error ? null : profile;
    // A token on its way out that comes back would be revoked while it serves.
    if (token !== null) await retirement.recall(tokenIdOf(token));
    const candidates = [token, isServing ? null : bootstrapToken].filter((each) => each !== null);
    const adopted = await this.#findLive(candidates);
    if (token !== null && adopted?.secret.equals(token) !== true) {
      this.#dead = token;
      this.#deadSince = this.#options.elapsed();
    }
    if (adopted !== null) {
      await this.#takeUp(adopted);
      return "taken";
    }
    if (isServing) {
      // Whoever wrote it there, the serving one is better; the next rotation replaces it.
      log.warn("profile-token-dead", { profile: profileLabel });
      return "kept";
    }
    if (profile instanceof Error) throw profile;
    throw new CredentialError("dead-token", lostSentence(profileLabel, candidates.length));
  }

  async #takeUp(adopted: Adopted): Promise<void> {
    const { origin, listed, ...known } = adopted;
    const { retirement, rotation, log } = this.#options;
    const old = this.#current;
    const source = origin === "own" ? "pat" : "profile";
    const generation: Generation = { ...known, number: this.nextNumber(), source };
    log.info("adopted", { tokenId: known.tokenId, origin, generation: generation.number });
    this.serve({ generation, origin });
    if (rotation === "off") return;
    await this.#note(adopted);
    // A crash may have come between a rotation and this.
    await this.#options.agentTokens.fanOut(adopted.secret);
    if (old !== null) retirement.retire(old, listed);
    // Which of the listed tokens serves must be known, or the sweep might take it for an orphan.
    const isListed = listed?.some(({ tokenId }) => tokenId === known.tokenId) === true;
    if (listed !== null && isListed) {
      await retirement.sweep(listed, { lastNumber: generation.number - 1, unnoted: "used" });
    }
  }

  /** Of a token of ours that only its comment tells, the journal is to know again. */
  async #note({ origin, tokenId: id, issuedAt: mintedAt, expiresAt }: Adopted): Promise<void> {
    const { journal, log } = this.#options;
    if (origin !== "own" || id === null || mintedAt === null) return;
    if (journal.journal.tokens.some((token) => token.id === id)) return;
    try {
      await journal.change((state) => withToken(state, { id, mintedAt, expiresAt }));
    } catch (error) {
      // Its comment still tells.
      log.warn("journal-failed", { error: describeError(error) });
    }
  }

  async #findLive(candidates: readonly Secret[]): Promise<Adopted | null> {
    const { api, journal, comment, bootstrapToken: lister } = this.#options;
    return await adoptToken(candidates, { api, journal: journal.journal, comment, lister });
  }
}

function lostSentence(profileLabel: string, candidates: number): string {
  const what = candidates === 0
    ? "holds no token"
    : "holds a token that is expired or revoked (or of another workspace)";
  return `${profileLabel} ${what}, and nothing else at hand can mint one: create a personal ` +
    "access token in the workspace (Settings, Developer, Access tokens) and write it there as " +
    "`token = …`; it is taken up at once";
}

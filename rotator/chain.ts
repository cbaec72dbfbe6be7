/**
 * The chain of credentials: adopts the token at hand, replaces it on its own clock, and retires
 * the old ones. One step at a time; what happens outside only wakes it.
 *
 * @module
 */

import type { Logger } from "@logtape/logtape";
import type { Chain, RotateOutcome } from "../protocol.ts";
import type { Generation, Secret } from "../workspace/credential.ts";
import { rejectMarginMs } from "../workspace/credential.ts";
import type { TokenApi } from "../workspace/token_api.ts";
import { CredentialError, describeError } from "../support/errors.ts";
import { within } from "../support/within.ts";
import { adoptToken } from "./adopt.ts";
import type { JournalFile } from "./journal.ts";
import type { Proxies } from "./proxies.ts";
import type { Retirement } from "./retirement.ts";
import { rotate } from "./rotate.ts";
import { planRotation, retryDelayMs } from "./schedule.ts";
import { createRotationSteps, type Owned } from "./steps.ts";

/** What the chain works with. */
export interface ChainOptions {
  readonly api: TokenApi;
  readonly journal: JournalFile;
  readonly proxies: Proxies;
  readonly retirement: Retirement;
  readonly log: Logger;
  readonly now: () => number;
  readonly random: () => number;
  /** The token in the profile now, `null` if there is none; throws if the file cannot be read. */
  readonly readProfile: () => Secret | null;
  /** Replaces it; throws if the profile holds another one than `expected` by then. */
  readonly writeProfile: (next: Secret, options: { expected: Secret | null }) => Promise<void>;
  /** The PAT of the environment. */
  readonly bootstrapToken: Secret | null;
  /** How the profile is called in sentences. */
  readonly profileLabel: string;
  readonly comment: string;
  readonly tokenLifetimeMs: number;
  readonly rotationIntervalMs: number;
  readonly rotation: "auto" | "off";
  /** Told of each generation before the proxies are. */
  readonly onServe: (generation: Generation) => void;
  readonly lastNumber: number;
}

/** How often the profile is looked at when nothing else wakes the chain. */
const TICK_MS = 1_000;
/** How long a confirmed token needs no further confirmation, however often it is refused. */
const CONFIRMED_MS = 2_000;
const REDO_MS = 1_000;
/** How long a step waits for a proxy isolate that does not confirm; retiring waits on. */
const CONFIRM_MS = 2_000;

/** Runs the chain until it is stopped. */
export class CredentialChain {
  readonly #options: ChainOptions;
  readonly #stop = new AbortController();
  readonly #marginMs: number;
  #current: Owned | null = null;
  #state: Chain["state"] = "starting";
  #number: number;
  #failures = 0;
  #lastFailure: string | null = null;
  #lastTryAt = Number.NEGATIVE_INFINITY;
  #retryAt: number | null = null;
  #confirmedAt = Number.NEGATIVE_INFINITY;
  #lastActiveAt: number;
  #rotations = 0;
  /** The profile's token at the last try: another one is a reason to try at once. */
  #triedToken: Secret | null = null;
  #isRejected = false;
  #isWanted = false;
  #told = "";
  #rotateCalls: ((outcome: RotateOutcome) => void)[] = [];
  #wake: () => void = () => {};

  /** Does nothing until {@link CredentialChain.run}. */
  constructor(options: ChainOptions) {
    this.#options = options;
    this.#number = options.lastNumber;
    // Whoever starts the service is about to use it.
    this.#lastActiveAt = options.now();
    this.#marginMs = rejectMarginMs(options.tokenLifetimeMs, options.rotationIntervalMs);
  }

  /** Steps until {@link CredentialChain.stop}; never throws. */
  async run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      // Whatever wakes it during the step is dealt with in the next one.
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      const delayMs = await this.#step();
      const timer = setTimeout(resolve, delayMs);
      await promise;
      clearTimeout(timer);
    }
  }

  /** Ends {@link CredentialChain.run} after the step it is in. */
  stop(): void {
    this.#stop.abort();
    this.#wake();
  }

  /** The workspace called a generation dead. */
  onRejected(): void {
    this.#isRejected = true;
    this.#wake();
  }

  /** A request waits for a credential. */
  onNeeded(): void {
    this.#isWanted = true;
    this.#wake();
  }

  /** Requests come in. */
  onActive(at: number): void {
    this.#lastActiveAt = Math.max(this.#lastActiveAt, at);
    this.#wake();
  }

  /** Somebody asks for a rotation now. */
  onRotate(answer: (outcome: RotateOutcome) => void): void {
    this.#rotateCalls.push(answer);
    this.#wake();
  }

  /** @returns ms until the next step. */
  async #step(): Promise<number> {
    const calls = this.#rotateCalls.splice(0);
    const isWanted = this.#isWanted;
    this.#isWanted = false;
    try {
      const token = this.#options.readProfile();
      if (calls.length > 0 || this.#isTryAllowed(token, isWanted ? "asked" : "unasked")) {
        await this.#adopt(token);
        await this.#confirmIfRejected(token);
        if (calls.length > 0 || this.#isDue()) await this.#rotate(calls);
      }
    } catch (error) {
      this.#fail(error);
    }
    for (const answer of calls) answer({ ok: false, message: this.#whyNotRotated() });
    if (isWanted || this.#chainChanged()) this.#tell();
    return this.#delayMs();
  }

  /** After a failure only time, another token in the profile, or someone who waits helps. */
  #isTryAllowed(token: Secret | null, asked: "asked" | "unasked"): boolean {
    const now = this.#options.now();
    if (this.#retryAt === null || now >= this.#retryAt) return true;
    if (token !== null && this.#triedToken?.equals(token) !== true) return true;
    // A clock that was set back must not postpone the try by the same amount.
    if (now < this.#lastTryAt) return true;
    return asked === "asked" && now - this.#lastTryAt >= REDO_MS;
  }

  /** Takes up the token in the profile, if it is not the serving one. */
  async #adopt(token: Secret | null): Promise<void> {
    const { api, journal, comment, bootstrapToken, profileLabel, log } = this.#options;
    const current = this.#current;
    if (current !== null && (token === null || current.generation.secret.equals(token))) return;
    this.#lastTryAt = this.#options.now();
    this.#triedToken = token;
    const candidates = [token, bootstrapToken].filter((secret) => secret !== null);
    const adopted = await adoptToken(candidates, { api, journal: journal.journal, comment });
    if (adopted === null || current?.generation.secret.equals(adopted.secret)) {
      // Whoever wrote a dead token into the profile, the serving one is better.
      if (current !== null) return;
      throw new CredentialError("dead-token", lostSentence(profileLabel, candidates.length));
    }
    const { origin, listed, ...known } = adopted;
    const source = origin === "own" ? "pat" : "profile";
    const generation: Generation = { ...known, number: this.#next(), source };
    log.info("adopted", { tokenId: known.tokenId, origin, generation: generation.number });
    await this.#serve({ generation, origin });
    this.#succeed();
    if (this.#options.rotation === "off") return;
    if (current !== null) this.#options.retirement.retire(current, { listed });
    if (listed !== null) await this.#options.retirement.sweep(listed, known.tokenId);
  }

  /** A refused token is asked about once; if it lives, it serves on under a new number. */
  async #confirmIfRejected(token: Secret | null): Promise<void> {
    if (!this.#isRejected || this.#current === null) return;
    this.#isRejected = false;
    const { generation, origin } = this.#current;
    const now = this.#options.now();
    if (Math.abs(now - this.#confirmedAt) > CONFIRMED_MS) {
      this.#lastTryAt = now;
      try {
        await this.#options.api.list(generation.secret);
      } catch (error) {
        if (!(error instanceof CredentialError)) throw error;
        if (error.kind === "dead-token") {
          this.#current = null;
          return await this.#adopt(token);
        }
        if (error.kind !== "forbidden") {
          // Not answered: asked again at the next try.
          this.#isRejected = true;
          throw error;
        }
      }
      this.#confirmedAt = now;
    }
    await this.#serve({ generation: { ...generation, number: this.#next() }, origin });
    this.#succeed();
  }

  #isDue(): boolean {
    if (this.#current === null || this.#options.rotation === "off") return false;
    return this.#plan(this.#current.generation).action === "rotate";
  }

  #plan({ issuedAt, expiresAt }: Generation): ReturnType<typeof planRotation> {
    return planRotation({
      now: this.#options.now(),
      issuedAt,
      expiresAt,
      lastActiveAt: this.#lastActiveAt,
      intervalMs: this.#options.rotationIntervalMs,
    });
  }

  async #rotate(calls: ((outcome: RotateOutcome) => void)[]): Promise<void> {
    const current = this.#current;
    if (current === null || this.#options.rotation === "off") return;
    const startedAt = this.#options.now();
    this.#lastTryAt = startedAt;
    const { steps, stepsMs } = createRotationSteps(current, {
      ...this.#options,
      nextNumber: () => this.#next(),
      serve: (owned: Owned) => this.#serve(owned),
    });
    const next = await rotate(current.generation, steps);
    this.#rotations++;
    this.#succeed();
    this.#options.log.info("rotated", {
      oldId: current.generation.tokenId,
      newId: next.tokenId,
      generation: next.number,
      expiresAt: next.expiresAt,
      stepsMs,
    });
    const outcome = { ok: true, oldId: current.generation.tokenId, newId: next.tokenId } as const;
    for (const answer of calls.splice(0)) answer(outcome);
  }

  async #serve(owned: Owned): Promise<void> {
    const { generation } = owned;
    this.#current = owned;
    this.#triedToken = generation.secret;
    this.#options.onServe(generation);
    const confirmed = this.#options.proxies.publish(generation).then(() => "confirmed" as const);
    if (await within(confirmed, CONFIRM_MS) === "late") {
      this.#options.log.warn("proxy-silent", { generation: generation.number });
    }
  }

  #whyNotRotated(): string {
    if (this.#options.rotation === "off") return "ROTATION=off: something else rotates the token";
    return this.#lastFailure ?? "There is no token to rotate";
  }

  #succeed(): void {
    this.#failures = 0;
    this.#retryAt = null;
    this.#lastFailure = null;
    this.#state = this.#options.rotation === "off" ? "following" : "live";
  }

  #fail(error: unknown): void {
    const now = this.#options.now();
    const { generation } = this.#current ?? {};
    const isDead = error instanceof CredentialError && error.kind === "dead-token";
    // The next step looks for another live token at hand.
    if (isDead) this.#current = null;
    this.#failures++;
    this.#lastFailure = describeError(error);
    this.#state = isDead ? "lost" : "retrying";
    const windowMs = this.#options.tokenLifetimeMs - this.#options.rotationIntervalMs -
      this.#marginMs;
    const delayMs = retryDelayMs({
      now,
      failures: this.#failures,
      deadline: generation?.expiresAt ? generation.expiresAt - this.#marginMs : null,
      windowMs,
      retryAfterMs: error instanceof CredentialError ? error.retryAfterMs : null,
      random: this.#options.random(),
    });
    this.#retryAt = now + delayMs;
    this.#options.log.warn("rotation-failed", {
      error: this.#lastFailure,
      failures: this.#failures,
      retryInMs: Math.round(delayMs),
    });
  }

  #next(): number {
    return ++this.#number;
  }

  #delayMs(): number {
    if (this.#stop.signal.aborted) return 0;
    const now = this.#options.now();
    const plan = this.#current === null ? null : this.#plan(this.#current.generation);
    const at = this.#retryAt ?? (plan?.action === "wait" ? plan.until : now + TICK_MS);
    return Math.max(0, Math.min(at - now, TICK_MS));
  }

  #chainChanged(): boolean {
    return JSON.stringify(this.#chain()) !== this.#told;
  }

  #tell(): void {
    const chain = this.#chain();
    this.#told = JSON.stringify(chain);
    this.#options.proxies.tellChain(chain);
  }

  #chain(): Chain {
    const generation = this.#current?.generation ?? null;
    const plan = generation === null ? null : this.#plan(generation);
    return {
      state: this.#state,
      generation: generation?.number ?? null,
      tokenId: generation?.tokenId ?? null,
      issuedAt: generation?.issuedAt ?? null,
      expiresAt: generation?.expiresAt ?? null,
      nextAttemptAt: this.#options.rotation === "off"
        ? null
        : this.#retryAt ?? (plan?.action === "wait" ? plan.until : null),
      failures: this.#failures,
      lastFailure: this.#lastFailure,
      rotations: this.#rotations,
      pendingRevocations: this.#options.retirement.pending,
    };
  }
}

function lostSentence(profileLabel: string, candidates: number): string {
  const what = candidates === 0 ? "holds no token" : "holds a token that is expired or revoked";
  return `${profileLabel} ${what}, and nothing else at hand can mint one: create a personal ` +
    "access token in the workspace (Settings, Developer, Access tokens) and write it there as " +
    "`token = …`; it is taken up at once";
}

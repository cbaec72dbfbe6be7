/**
 * The chain of credentials: takes up the token at hand, replaces it on its own clock, and retires
 * the old ones. One step at a time; what happens outside only wakes it.
 *
 * @module
 */

import { type Secret, tokenIdOf } from "../workspace/credential.ts";
import { CredentialError } from "../support/errors.ts";
import type { Clocks } from "../support/set_back.ts";
import type { Owned } from "./adopt.ts";
import { describeChain } from "./chain_state.ts";
import { Inbox, type Mail, type RotateCall } from "./inbox.ts";
import { Patience } from "./patience.ts";
import { Retries } from "./retries.ts";
import { type ProfileToken, Serving, type ServingOptions } from "./serving.ts";
import type { Spare } from "./spare.ts";
import { bearersFor, succeed, type SuccessionOptions } from "./succession.ts";
import { Timing } from "./timing.ts";

/** What the chain works with. */
export interface ChainOptions
  extends ServingOptions, Clocks, Omit<SuccessionOptions, "serving" | "signal" | "onServing"> {
  /** In [0, 1), for the pauses between tries. */
  readonly random: () => number;
  /** The token in the profile now, `null` if there is none; throws if the file cannot be read. */
  readonly readProfile: () => Secret | null;
  readonly rotationIntervalMs: number;
  readonly spare: Spare;
  /** Why this chain does not rotate, in words; only where `rotation` is `off`. */
  readonly whyOff: string;
}

/** How often the profile is looked at when nothing else wakes the chain. */
const TICK_MS = 1_000;
/** Longest that what can wait keeps the chain from looking. */
const LONGEST_TEND_MS = 60_000;
/** What is under way at the end may take so long: a mint that is cut off leaves a token behind. */
const LAST_STEP_MS = 1_000;

/** What a step begins with. */
interface Scene extends Mail {
  readonly profile: ProfileToken;
}

/** Runs the chain until it is stopped. */
export class CredentialChain {
  readonly #options: ChainOptions;
  readonly #serving: Serving;
  readonly #stop = new AbortController();
  readonly #giveUp = new AbortController();
  readonly #ended = Promise.withResolvers<void>();
  readonly #inbox = new Inbox();
  readonly #patience: Patience;
  readonly #timing: Timing;
  /** Failures in asking about tokens at hand, and in replacing the serving one. */
  readonly #asking: Retries;
  readonly #rotating: Retries;
  /** The profile's token when it was asked about last: another one is a reason to ask at once. */
  #asked: string | null = null;
  #rotations = 0;
  #told = "";

  /** Does nothing until {@link CredentialChain.run}. */
  constructor(options: ChainOptions) {
    this.#options = options;
    this.#serving = new Serving(options);
    this.#timing = new Timing(options);
    this.#patience = new Patience(options);
    const pace = { ...options, windowMs: this.#timing.windowMs };
    this.#asking = new Retries(pace);
    this.#rotating = new Retries(pace);
  }

  /** Steps until {@link CredentialChain.stop}; never throws. */
  async run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      // Whatever wakes it during the step is dealt with in the next one.
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#inbox.hang(resolve);
      await this.#step();
      const timer = setTimeout(resolve, this.#pauseMs());
      await promise;
      clearTimeout(timer);
    }
    this.#ended.resolve();
  }

  /** Ends {@link CredentialChain.run} after the step it is in, which is cut off if it hangs. */
  stop(): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    this.#inbox.hurry();
    const timer = setTimeout(() => this.#giveUp.abort(), LAST_STEP_MS);
    this.#ended.promise.then(() => clearTimeout(timer));
  }

  /** Whether the workspace called the serving token dead, and nothing is known of it yet. */
  get isRefused(): boolean {
    return this.#serving.isRejected;
  }

  /** The workspace called a generation dead; `null`: one without a number. */
  onRejected(number: number | null): void {
    this.#serving.reject(number);
    this.#inbox.hurry();
    if (this.#serving.isRejected) this.#patience.wane();
  }

  /** A request waits for a credential. */
  onNeeded(): void {
    this.#inbox.want();
  }

  /** Requests come in. */
  onActive(at: number): void {
    this.#timing.noteActive(at);
    this.#inbox.ring();
  }

  /** Somebody asks for a rotation now. */
  onRotate(answer: RotateCall): void {
    this.#inbox.call(answer);
  }

  async #step(): Promise<void> {
    const scene = this.#look();
    await this.#settle(scene);
    await this.#rotateIfDue(scene);
    for (const answer of scene.calls) answer({ ok: false, message: this.#whyNotRotated() });
    this.#tell(scene.urgency);
    await this.#tend();
    this.#tell("unasked");
  }

  #look(): Scene {
    const mail = this.#inbox.take();
    try {
      return { ...mail, profile: this.#options.readProfile() };
    } catch (error) {
      return { ...mail, profile: error instanceof Error ? error : new Error(`${error}`) };
    }
  }

  /** Sees to it that the serving token is alive, and the one that stands in the profile. */
  async #settle({ profile, urgency }: Scene): Promise<void> {
    const serving = this.#serving;
    const isUnknown = serving.isUnknown(profile);
    if (serving.current !== null && !isUnknown && !serving.isRejected) {
      return this.#asking.succeed();
    }
    // The spare makes the next one, and nothing needs to be asked about again before that.
    if (this.#heir() !== null && !isUnknown) return this.#asking.succeed();
    // A token that was not asked about yet need not wait its turn.
    const isNews = isUnknown && this.#asked !== idOf(profile);
    if (!isNews && !this.#asking.isDue(urgency)) return;
    this.#asked = idOf(profile);
    const startedAt = this.#options.elapsed();
    try {
      await serving.confirmIfRejected();
      const isFollowed = this.#heir() !== null && !serving.isUnknown(profile);
      if (!isFollowed && await serving.adopt(profile) === "taken") this.#rotating.succeed();
      this.#asking.succeed();
    } catch (error) {
      if (isDeadToken(error) && this.#heir() !== null) return this.#asking.succeed();
      this.#fail(this.#asking, error, startedAt);
    }
  }

  /** The token that was lost, if the spare can make its successor. */
  #heir(): Owned | null {
    if (this.#options.rotation === "off" || this.#serving.current !== null) return null;
    return this.#options.spare.secret === null ? null : this.#serving.buried;
  }

  async #rotateIfDue({ profile, urgency, calls }: Scene): Promise<void> {
    const old = this.#serving.current ?? this.#heir();
    if (old === null || this.#options.rotation === "off") return;
    if (calls.length === 0 && !this.#isDue(old, { profile, urgency })) return;
    const startedAt = this.#options.elapsed();
    try {
      // What cannot be read cannot be written: a token minted now would be for nothing.
      if (profile instanceof Error) throw profile;
      // Nor may a token be overwritten of which nothing is known yet.
      if (this.#serving.isUnknown(profile)) throw unknownToken(this.#options.profileLabel);
      await this.#rotate(old, { calls, replaces: profile });
    } catch (error) {
      // Asked about in the next step: if it is dead indeed, another one may be at hand.
      if (isDeadToken(error)) this.#serving.reject(old.generation.number);
      this.#fail(this.#rotating, error, startedAt);
    }
  }

  async #rotate(
    old: Owned,
    { calls, replaces }: { readonly calls: RotateCall[]; readonly replaces: Secret | null },
  ): Promise<void> {
    const { next, stepsMs, confirmed } = await this.#patience.bear((signal) =>
      succeed(old, { replaces }, {
        ...this.#options,
        serving: this.#serving,
        signal: AbortSignal.any([this.#giveUp.signal, signal]),
        // Whoever asked meanwhile wants the same token replaced, and need not have it done twice.
        onServing: () => calls.push(...this.#inbox.takeCalls()),
      })
    );
    this.#rotations++;
    this.#rotating.succeed();
    this.#timing.noteRotated();
    const waiting = calls.splice(0);
    const [oldId, newId] = [old.generation.tokenId, next.tokenId];
    const { number: generation, expiresAt } = next;
    // Not waited for: a proxy that is silent delays no rotation.
    confirmed.then((publish) => {
      const steps = { ...stepsMs, publish };
      this.#options.log.info("rotated", { oldId, newId, generation, expiresAt, stepsMs: steps });
      for (const answer of waiting) answer({ ok: true, oldId, newId });
    });
  }

  /** What is worth doing while all is well, and gives way to what is not. */
  async #tend(): Promise<void> {
    const { rotation, spare, agentTokens } = this.#options;
    const { current, isRejected } = this.#serving;
    if (current === null || isRejected || rotation === "off" || this.#stop.signal.aborted) return;
    await agentTokens.tend(current.generation.secret);
    const plan = this.#timing.plan(current.generation);
    if (current.origin !== "own" || plan.action === "rotate" || !spare.isDue()) return;
    const due = AbortSignal.timeout(Math.min(this.#timing.until(plan.until), LONGEST_TEND_MS));
    const signal = AbortSignal.any([due, this.#inbox.interrupt, this.#stop.signal]);
    const bearers = bearersFor(current, { ...this.#options, serving: this.#serving });
    const onDead = (bearer: Secret) => this.#onDead(current, bearer);
    await spare.renew({ bearers, signal, onDead });
  }

  #onDead({ generation }: Owned, bearer: Secret): void {
    if (generation.secret.equals(bearer)) this.#serving.reject(generation.number);
    this.#options.spare.lose(bearer);
  }

  #isDue(owned: Owned, { profile, urgency }: Pick<Scene, "profile" | "urgency">): boolean {
    const isLost = this.#serving.current === null;
    const isServed = !isLost && this.#timing.isUsable(owned.generation);
    if (!this.#rotating.isDue(isServed ? "unasked" : urgency)) return false;
    if (isLost || this.#serving.isSpoilt(profile)) return true;
    return this.#timing.plan(owned.generation).action === "rotate";
  }

  #fail(retries: Retries, error: unknown, startedAt: number): void {
    const { current } = this.#serving;
    // Nothing but another token helps, and that one is seen at once.
    const isOver = current === null && isDeadToken(error);
    const leftMs = isOver ? null : this.#timing.leftMs(current?.generation ?? null);
    const retryInMs = Math.round(retries.fail(error, { leftMs, startedAt }));
    const { message: reason, count: failures } = retries;
    const event = retries === this.#rotating ? "rotation-failed" : "credential-failed";
    this.#options.log.warn(event, { error: reason, failures, retryInMs });
  }

  #pauseMs(): number {
    if (this.#stop.signal.aborted) return 0;
    const { current, isRejected } = this.#serving;
    if (this.#heir() !== null) return Math.min(TICK_MS, this.#rotating.waitMs);
    if (current === null || isRejected) return Math.min(TICK_MS, this.#asking.waitMs);
    if (this.#options.rotation === "off") return TICK_MS;
    const plan = this.#timing.plan(current.generation);
    const isWaiting = plan.action === "wait";
    return Math.min(TICK_MS, isWaiting ? this.#timing.until(plan.until) : this.#rotating.waitMs);
  }

  #whyNotRotated(): string {
    if (this.#options.rotation === "off") return this.#options.whyOff;
    const message = this.#rotating.message ?? this.#asking.message;
    return message ?? "There is no token to rotate";
  }

  /** Tells the proxies what has changed; one that waits is told in any case. */
  #tell(urgency: Scene["urgency"]): void {
    const { rotation, retirement, proxies, spare, agentTokens } = this.#options;
    const generation = this.#serving.current?.generation ?? null;
    const chain = describeChain({
      rotation,
      generation,
      plan: generation === null || rotation === "off" ? null : this.#timing.plan(generation),
      asking: this.#asking,
      rotating: this.#rotating,
      triesLeft: this.#timing.triesLeft(generation),
      rotations: this.#rotations,
      pendingRevocations: retirement.pending,
      spare: spare.view,
      agentFiles: agentTokens.view,
    });
    const text = JSON.stringify(chain);
    if (urgency === "unasked" && text === this.#told) return;
    this.#told = text;
    proxies.tellChain(chain);
  }
}

/** By its id: a token that is revoked some day should not be kept in memory for this. */
function idOf(token: ProfileToken): string | null {
  return token === null || token instanceof Error ? null : tokenIdOf(token);
}

function isDeadToken(error: unknown): boolean {
  return error instanceof CredentialError && error.kind === "dead-token";
}

function unknownToken(profileLabel: string): CredentialError {
  const message = `${profileLabel} was given another token, which could not be tried yet`;
  return new CredentialError("unreachable", message);
}

/**
 * The chain of credentials: takes up the token at hand, replaces it on its own clock, and retires
 * the old ones. One step at a time; what happens outside only wakes it.
 *
 * @module
 */

import type { RotateOutcome } from "../protocol.ts";
import { type Generation, isUsable, rejectMarginMs, type Secret } from "../workspace/credential.ts";
import { CredentialError } from "../support/errors.ts";
import type { Owned } from "./adopt.ts";
import { describeChain } from "./chain_state.ts";
import { Retries } from "./retries.ts";
import { rotate } from "./rotate.ts";
import { countTriesLeft, type NextRotation, planRotation } from "./schedule.ts";
import { type ProfileToken, Serving, type ServingOptions } from "./serving.ts";
import { type Clocks, SetBack } from "./set_back.ts";
import { createRotationSteps } from "./steps.ts";

/** What the chain works with. */
export interface ChainOptions extends ServingOptions, Clocks {
  /** In [0, 1), for the pauses between tries. */
  readonly random: () => number;
  /** The token in the profile now, `null` if there is none; throws if the file cannot be read. */
  readonly readProfile: () => Secret | null;
  /** Replaces it; throws if the profile holds another one than `expected` by then. */
  readonly writeProfile: (next: Secret, options: { expected: Secret | null }) => Promise<void>;
  readonly tokenLifetimeMs: number;
  readonly rotationIntervalMs: number;
}

/** How often the profile is looked at when nothing else wakes the chain. */
const TICK_MS = 1_000;

type RotateCall = (outcome: RotateOutcome) => void;

/** What a step begins with. */
interface Scene {
  /** Who wants a rotation now. */
  readonly calls: RotateCall[];
  /** `asked`: a request waits for a credential. */
  readonly urgency: "asked" | "unasked";
  readonly profile: ProfileToken;
}

/** Runs the chain until it is stopped. */
export class CredentialChain {
  readonly #options: ChainOptions;
  readonly #serving: Serving;
  readonly #stop = new AbortController();
  readonly #setBack: SetBack;
  readonly #marginMs: number;
  /** How long a token can be used past the age at which it is replaced. */
  readonly #windowMs: number;
  /** Failures in asking about tokens at hand, and in replacing the serving one. */
  readonly #asking: Retries;
  readonly #rotating: Retries;
  /** The profile's token when it was asked about last: another one is a reason to ask at once. */
  #asked: ProfileToken = null;
  #lastActiveAt: number;
  #rotations = 0;
  #told = "";
  #isWanted = false;
  #calls: RotateCall[] = [];
  #wake: () => void = () => {};

  /** Does nothing until {@link CredentialChain.run}. */
  constructor(options: ChainOptions) {
    const { tokenLifetimeMs: lifetimeMs, rotationIntervalMs: intervalMs } = options;
    this.#options = options;
    this.#serving = new Serving(options);
    this.#setBack = new SetBack(options);
    this.#marginMs = rejectMarginMs(lifetimeMs, intervalMs);
    this.#windowMs = lifetimeMs - intervalMs - this.#marginMs;
    const pace = { ...options, windowMs: this.#windowMs };
    this.#asking = new Retries(pace);
    this.#rotating = new Retries(pace);
    // Whoever starts the service is about to use it.
    this.#lastActiveAt = options.now();
  }

  /** Steps until {@link CredentialChain.stop}; never throws. */
  async run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      // Whatever wakes it during the step is dealt with in the next one.
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await this.#step();
      const timer = setTimeout(resolve, this.#pauseMs());
      await promise;
      clearTimeout(timer);
    }
  }

  /** Ends {@link CredentialChain.run} after the step it is in. */
  stop(): void {
    this.#stop.abort();
    this.#wake();
  }

  /** The workspace called a generation dead; `null`: one without a number. */
  onRejected(number: number | null): void {
    this.#serving.reject(number);
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
  onRotate(answer: RotateCall): void {
    this.#calls.push(answer);
    this.#wake();
  }

  async #step(): Promise<void> {
    const scene = this.#look();
    await this.#settle(scene);
    await this.#rotateIfDue(scene);
    for (const answer of scene.calls) answer({ ok: false, message: this.#whyNotRotated() });
    this.#tell(scene.urgency);
  }

  #look(): Scene {
    const calls = this.#calls.splice(0);
    const urgency = this.#isWanted ? "asked" : "unasked";
    this.#isWanted = false;
    try {
      return { calls, urgency, profile: this.#options.readProfile() };
    } catch (error) {
      return { calls, urgency, profile: error instanceof Error ? error : new Error(`${error}`) };
    }
  }

  /** Sees to it that the serving token is alive, and the one that stands in the profile. */
  async #settle({ profile, urgency }: Scene): Promise<void> {
    const serving = this.#serving;
    const isUnknown = serving.isUnknown(profile);
    if (serving.current !== null && !isUnknown && !serving.isRejected) {
      return this.#asking.succeed();
    }
    // A token that was not asked about yet need not wait its turn.
    const isNews = isUnknown && !isSame(this.#asked, profile);
    if (!isNews && !this.#asking.isDue(urgency)) return;
    this.#asked = profile;
    try {
      await serving.confirmIfRejected();
      if (await serving.adopt(profile) === "taken") this.#rotating.succeed();
      this.#asking.succeed();
    } catch (error) {
      this.#fail(this.#asking, error);
    }
  }

  async #rotateIfDue({ profile, urgency, calls }: Scene): Promise<void> {
    const { current } = this.#serving;
    if (current === null || this.#options.rotation === "off") return;
    if (calls.length === 0 && !this.#isDue(current.generation, urgency)) return;
    try {
      // What cannot be read cannot be written: a token minted now would be for nothing.
      if (profile instanceof Error) throw profile;
      // Nor may a token be overwritten of which nothing is known yet.
      if (this.#serving.isUnknown(profile)) throw unknownToken(this.#options.profileLabel);
      await this.#rotate(current, { calls, replaces: profile });
    } catch (error) {
      this.#fail(this.#rotating, error);
      // Asked about in the next step: if it is dead indeed, another one may be at hand.
      if (isDeadToken(error)) this.#serving.reject(current.generation.number);
    }
  }

  async #rotate(
    current: Owned,
    { calls, replaces }: { readonly calls: RotateCall[]; readonly replaces: Secret | null },
  ): Promise<void> {
    const { steps, stepsMs } = createRotationSteps(current, {
      ...this.#options,
      replaces,
      nextNumber: () => this.#serving.nextNumber(),
      serve: (owned: Owned) => this.#serving.serve(owned),
    });
    const next = await rotate(current.generation, steps);
    this.#rotations++;
    this.#rotating.succeed();
    this.#setBack.forget();
    const [oldId, newId] = [current.generation.tokenId, next.tokenId];
    const { number: generation, expiresAt } = next;
    this.#options.log.info("rotated", { oldId, newId, generation, expiresAt, stepsMs });
    for (const answer of calls.splice(0)) answer({ ok: true, oldId, newId });
  }

  #isDue(generation: Generation, urgency: Scene["urgency"]): boolean {
    const { now } = this.#options;
    const isServed = isUsable(generation, now(), this.#marginMs);
    return this.#plan(generation).action === "rotate" &&
      this.#rotating.isDue(isServed ? "unasked" : urgency);
  }

  #plan({ issuedAt, expiresAt }: Generation): NextRotation {
    const { now, rotationIntervalMs: intervalMs } = this.#options;
    const lastActiveAt = this.#lastActiveAt;
    // Noted by a clock that was wrong then or is wrong now: the age is not known.
    if (this.#setBack.happened()) return { action: "rotate" };
    return planRotation({ now: now(), issuedAt, expiresAt, lastActiveAt, intervalMs });
  }

  #fail(retries: Retries, error: unknown): void {
    // Nothing but another token helps, and that one is seen at once.
    const isOver = this.#serving.current === null && isDeadToken(error);
    const retryInMs = Math.round(retries.fail(error, isOver ? null : this.#leftMs()));
    const { message: reason, count: failures } = retries;
    const event = retries === this.#rotating ? "rotation-failed" : "credential-failed";
    this.#options.log.warn(event, { error: reason, failures, retryInMs });
  }

  /** Ms for which the serving token can be used, `null`: unknown. */
  #leftMs(): number | null {
    const { current } = this.#serving;
    if (current === null) return 0;
    const { expiresAt } = current.generation;
    return expiresAt === null
      ? null
      : Math.max(0, expiresAt - this.#marginMs - this.#options.now());
  }

  #pauseMs(): number {
    if (this.#stop.signal.aborted) return 0;
    const { current, isRejected } = this.#serving;
    if (current === null || isRejected) return Math.min(TICK_MS, this.#asking.waitMs);
    if (this.#options.rotation === "off") return TICK_MS;
    const plan = this.#plan(current.generation);
    const dueInMs = plan.action === "wait"
      ? plan.until - this.#options.now()
      : this.#rotating.waitMs;
    return Math.max(0, Math.min(TICK_MS, dueInMs));
  }

  #whyNotRotated(): string {
    if (this.#options.rotation === "off") return "ROTATION=off: something else rotates the token";
    const message = this.#rotating.message ?? this.#asking.message;
    return message ?? "There is no token to rotate";
  }

  /** Tells the proxies what has changed; one that waits is told in any case. */
  #tell(urgency: Scene["urgency"]): void {
    const { rotation, retirement, proxies } = this.#options;
    const generation = this.#serving.current?.generation ?? null;
    const chain = describeChain({
      rotation,
      generation,
      plan: generation === null || rotation === "off" ? null : this.#plan(generation),
      asking: this.#asking,
      rotating: this.#rotating,
      triesLeft: countTriesLeft({ leftMs: this.#leftMs(), windowMs: this.#windowMs }),
      rotations: this.#rotations,
      pendingRevocations: retirement.pending,
    });
    const text = JSON.stringify(chain);
    if (urgency === "unasked" && text === this.#told) return;
    this.#told = text;
    proxies.tellChain(chain);
  }
}

function isSame(a: ProfileToken, b: Secret): boolean {
  return a !== null && !(a instanceof Error) && a.equals(b);
}

function isDeadToken(error: unknown): boolean {
  return error instanceof CredentialError && error.kind === "dead-token";
}

function unknownToken(profileLabel: string): CredentialError {
  const message = `${profileLabel} was given another token, which could not be tried yet`;
  return new CredentialError("unreachable", message);
}

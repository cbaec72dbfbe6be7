/**
 * The newest credential of this isolate: who uses which generation, and which one is dead.
 *
 * @module
 */

import {
  type Generation,
  isUsable,
  marginOf,
  type Secret,
  tokenIdOf,
} from "../workspace/credential.ts";
import { SetBack } from "../support/set_back.ts";
import { BygoneTokens } from "./bygone_tokens.ts";
import { Drains, isUsed } from "./drains.ts";
import { Elder } from "./elder.ts";
import { type Held, hold, type Lease, leaseOf } from "./held.ts";
import { type Outlook, Waiters } from "./waiters.ts";

export type { Lease } from "./held.ts";
export type { Outlook } from "./waiters.ts";

/** What {@link Credentials} needs from outside. */
export interface CredentialsOptions {
  readonly now: () => number;
  /** Milliseconds on a clock that only rises: how long a hand-out lasts is no matter of the date. */
  readonly elapsed: () => number;
  /** How long before expiry a generation counts as expired. */
  readonly marginMs: number;
  /** The token that stands in the profile at this moment, `null` if none can be read. */
  readonly readProfile: () => Secret | null;
  /** Which of them serve: those not replaced before, or whatever stands there. */
  readonly profileRule: "newer" | "any";
  /** Tells the rotator that a request waits. */
  readonly ask: () => void;
}

/**
 * Generations in the order of their coming. The newest serves; older ones only count down. A
 * token that appears in the profile serves from the next request on, whoever wrote it, unless it
 * is known to be older than the one in use; or, where the profile is all that is followed, unless
 * it is known to be dead.
 */
export class Credentials {
  readonly #options: CredentialsOptions;
  #current: Held | null = null;
  /** What the rotator published last, in use or overtaken by a token of the profile. */
  #published: Held | null = null;
  #older: Held[] = [];
  readonly #elder: Elder;
  readonly #bygone: BygoneTokens;
  readonly #waiters: Waiters<Lease>;
  readonly #provedWaiters: Waiters<Lease>;
  readonly #drains: Drains;
  readonly #setBack: SetBack;
  /** Whether the wall clock was set back, so that what the one in use says of its end is not true. */
  #isDoubted = false;

  /** Holds nothing until the profile or the rotator brings something. */
  constructor(options: CredentialsOptions) {
    this.#options = options;
    this.#bygone = new BygoneTokens(options.profileRule);
    const { now, ask } = options;
    this.#waiters = new Waiters({ now, ask, take: () => this.take() });
    this.#provedWaiters = new Waiters({ now, ask, take: () => this.#takeProved() });
    this.#setBack = new SetBack(options);
    this.#elder = new Elder(options.elapsed);
    this.#drains = new Drains({ uses: () => this.#all(), elapsed: options.elapsed });
  }

  /** The generation in use, dead or alive. */
  get current(): Generation | null {
    return this.#current?.generation ?? null;
  }

  /** Requests in flight on any generation. */
  get inFlight(): number {
    return this.#all().reduce((sum, held) => sum + held.inFlight, 0);
  }

  /** Whether {@link Credentials.take} would give a lease now. */
  isReady(): boolean {
    return this.#findLive() !== null;
  }

  /** Takes over what the rotator published; a number behind the one in use changes nothing. */
  publish(generation: Generation): void {
    const current = this.#current;
    if (current !== null && current.generation.number >= generation.number) return;
    this.#bygone.raise(generation.secret);
    if (current?.generation.secret.equals(generation.secret)) {
      // Either the file was seen before the message came, or a fence is lifted: the rotator
      // asked the workspace, and the token lives.
      current.generation = generation;
      current.isFenced = false;
    } else {
      this.#supersede(generation);
    }
    this.#published = this.#current;
    this.#isDoubted = false;
    this.#waiters.wake();
    this.#provedWaiters.wake();
  }

  /** What the rotator says of the next credential: the answer to all who wait at this moment. */
  expect(outlook: Outlook | null): void {
    if (outlook === null) return;
    // A fresh one could not be had now: better one that may be dead than none.
    this.#isDoubted = false;
    this.#waiters.tell(outlook);
    this.#provedWaiters.tell(outlook);
  }

  /** A lease on the newest usable generation, `null` if there is none at this moment. */
  take(): Lease | null {
    const held = this.#findLive();
    return held === null ? null : this.#lease(held);
  }

  /**
   * A lease on what this clock calls expired, for whoever could get nothing better: a clock can be
   * wrong, and nobody has called the token dead.
   */
  takeDoubtful(): Lease | null {
    const held = this.#current;
    return held === null || held.isFenced ? null : this.#lease(held);
  }

  /**
   * A lease on the generation before the one in use, for a request that was just refused with
   * `refused`: one that is new may not be known to all of the workspace yet. `null` if it is not
   * new, or nothing was before it.
   */
  takeElder(refused: Generation): Lease | null {
    if (this.#current?.generation.secret.equals(refused.secret) !== true) return null;
    const elder = this.#elder.find();
    if (elder === null || !this.#isUsable(elder)) return null;
    if (!this.#older.includes(elder)) this.#older.push(elder);
    return this.#lease(elder);
  }

  /**
   * A lease, waiting for one until the rotator says that none comes now, `deadlineMs` passes, or
   * the caller leaves.
   *
   * @returns the lease, or why there is none.
   */
  async obtain(options: { deadlineMs: number; signal: AbortSignal }): Promise<Lease | Outlook> {
    const answer = this.take() ?? await this.#waiters.wait(options);
    if (!this.#isDoubted || "generation" in answer) return answer;
    this.#isDoubted = false;
    return this.take() ?? answer;
  }

  /**
   * A lease on a generation that the rotator has vouched for, waited for like any. How long a token
   * lives that was only seen in the profile is not known yet: a rotation has just put it there, or
   * somebody else. The rotator tells within milliseconds.
   *
   * @returns `null` if it does not.
   */
  async obtainProved(
    options: { deadlineMs: number; signal: AbortSignal },
  ): Promise<Lease | null> {
    const answer = this.#takeProved() ?? await this.#provedWaiters.wait(options);
    return "generation" in answer ? answer : null;
  }

  /**
   * Takes a token out of use because the workspace called it dead. A late answer for an old one
   * cannot throw away the new one; but one that was published anew meanwhile, under another
   * number, is the same. Where a token of the profile turns out to be dead, the one that the
   * rotator published serves again.
   *
   * @returns what was taken out of use; `null` if that was known already, or it is no longer the
   * one in use.
   */
  fence({ secret }: Generation): Generation | null {
    const current = this.#current;
    if (current === null || !current.generation.secret.equals(secret)) return null;
    if (current.isFenced) return null;
    current.isFenced = true;
    this.#bygone.bury(secret);
    this.#fallBack();
    return current.generation;
  }

  /**
   * Resolves when nothing that started with `number` or an older generation is in flight, and none
   * of them may still be used by those whom it was handed to.
   */
  async drained(number: number): Promise<void> {
    await this.#drains.until(number);
    this.#elder.end(number);
  }

  /** Ends what is kept open for drains. */
  close(): void {
    this.#drains.close();
  }

  #takeProved(): Lease | null {
    const held = this.#findLive();
    return held === null || isUnproved(held.generation) ? null : this.#lease(held);
  }

  #lease(held: Held): Lease {
    return leaseOf(held, {
      elapsed: this.#options.elapsed,
      onRelease: () => {
        if (held !== this.#current || this.#drains.isWaitedFor) this.#settle();
      },
    });
  }

  #fallBack(): void {
    const published = this.#published;
    if (published === null || published === this.#current || published.isFenced) return;
    if (this.#current !== null) this.#older.push(this.#current);
    this.#older = this.#older.filter((held) => held !== published);
    this.#current = published;
    this.#settle();
    this.#waiters.wake();
  }

  #findLive(): Held | null {
    this.#follow();
    const held = this.#current;
    if (held === null || held.isFenced || this.#doubts(held)) return null;
    return this.#isUsable(held) ? held : null;
  }

  #isUsable({ generation }: Held): boolean {
    const marginMs = marginOf(generation, this.#options.marginMs);
    return isUsable(generation, this.#options.now(), marginMs);
  }

  /** By a clock that was set back a token lives longer than the workspace lets it. */
  #doubts({ generation }: Held): boolean {
    if (this.#setBack.happened()) {
      this.#setBack.forget();
      this.#isDoubted = true;
    }
    return this.#isDoubted && generation.expiresAt !== null;
  }

  #follow(): void {
    const token = this.#options.readProfile();
    if (token === null || this.#current?.generation.secret.equals(token)) return;
    if (this.#bygone.bars(token)) return;
    this.#supersede({
      // Just ahead of the one in use: whatever the rotator publishes next comes after it.
      number: (this.#current?.generation.number ?? 0) + 2 ** -20,
      secret: token,
      tokenId: tokenIdOf(token),
      issuedAt: null,
      expiresAt: null,
      source: "profile",
    });
    this.#options.ask();
    // Not at once: it may be one of those who wait that is looking right now.
    queueMicrotask(() => this.#waiters.wake());
  }

  #supersede(generation: Generation): void {
    if (this.#current !== null) {
      this.#older.push(this.#current);
      this.#elder.replace(this.#current);
      this.#bygone.supersede(this.#current.generation.secret);
    }
    this.#current = hold(generation);
    this.#settle();
  }

  #settle(): void {
    const elapsed = this.#options.elapsed();
    this.#older = this.#older.filter((held) => isUsed(held, elapsed));
    this.#drains.settle();
  }

  #all(): readonly Held[] {
    return this.#current === null ? this.#older : [this.#current, ...this.#older];
  }
}

/** Whether a generation was only seen in the profile: nobody has asked the workspace about it. */
export function isUnproved({ number }: Generation): boolean {
  // The rotator gives whole numbers.
  return !Number.isInteger(number);
}

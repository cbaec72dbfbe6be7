/**
 * The newest credential of this isolate: who uses which generation, and which one is dead.
 *
 * @module
 */

import { type Generation, isUsable, type Secret, tokenIdOf } from "../workspace/credential.ts";
import { Drains, isUsed } from "./drains.ts";

/** One use of a generation by one request. */
export interface Lease {
  readonly generation: Generation;
  /** Ends the use; the second call does nothing. */
  release(): void;
  /**
   * Ends the use by this request, but counts the generation as used for `forMs` from now: it was
   * given to somebody outside, who uses it that long without asking again.
   */
  handOut(forMs: number): void;
}

/** Why there is no credential: whether one may still come, and the sentence for the user. */
export interface Outlook {
  readonly mayCome: "soon" | "never";
  readonly message: string;
}

/** What {@link Credentials} needs from outside. */
export interface CredentialsOptions {
  readonly now: () => number;
  /** Milliseconds on a clock that only rises: how long a hand-out lasts is no matter of the date. */
  readonly elapsed: () => number;
  /** How long before expiry a generation counts as expired. */
  readonly marginMs: number;
  /** The token that stands in the profile at this moment, `null` if none can be read. */
  readonly readProfile: () => Secret | null;
  /** Tells the rotator that a request waits. */
  readonly ask: () => void;
}

interface Held {
  /** Its number may rise while it is in use; the secret stays the same. */
  generation: Generation;
  inFlight: number;
  /** However many hand-outs there are, the last of them to end is the one that counts. */
  handedOutUntil: number;
  isFenced: boolean;
}

/** Ids of superseded tokens that are remembered, so that a stale file cannot bring one back. */
const REMEMBERED = 32;
/** How long those who join a wait rely on the question that the first of them asked. */
const ASK_AGAIN_MS = 1_000;
const NOT_YET: Outlook = {
  mayCome: "soon",
  message: "A fresh credential is being fetched; try again",
};

/**
 * Generations in the order of their coming. The newest serves; older ones only count down. A
 * token that appears in the profile serves from the next request on, whoever wrote it, unless it
 * is known to be older than the one in use.
 */
export class Credentials {
  readonly #options: CredentialsOptions;
  #current: Held | null = null;
  #older: Held[] = [];
  readonly #superseded: string[] = [];
  #rejectedFileToken: Secret | null = null;
  readonly #waiters = new Set<(outlook: Outlook | null) => void>();
  #lastAskAt = Number.NEGATIVE_INFINITY;
  readonly #drains: Drains;

  /** Holds nothing until the profile or the rotator brings something. */
  constructor(options: CredentialsOptions) {
    this.#options = options;
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
    if (current?.generation.secret.equals(generation.secret)) {
      // Either the file was seen before the message came, or a fence is lifted: the rotator
      // asked the workspace, and the token lives.
      current.generation = generation;
      current.isFenced = false;
    } else {
      this.#supersede(generation);
    }
    this.#wake(null);
  }

  /** What the rotator says of the next credential: the answer to all who wait at this moment. */
  expect(outlook: Outlook | null): void {
    if (outlook !== null) this.#wake(outlook);
  }

  /** A lease on the newest usable generation, `null` if there is none at this moment. */
  take(): Lease | null {
    const held = this.#findLive();
    if (held === null) return null;
    held.inFlight++;
    let isHeld = true;
    const release = () => {
      if (!isHeld) return;
      isHeld = false;
      held.inFlight--;
      if (held !== this.#current || this.#drains.isWaitedFor) this.#settle();
    };
    return {
      generation: held.generation,
      release,
      handOut: (forMs) => {
        const until = this.#options.elapsed() + forMs;
        held.handedOutUntil = Math.max(held.handedOutUntil, until);
        release();
      },
    };
  }

  /**
   * A lease, waiting for one until the rotator says that none comes now, `deadlineMs` passes, or
   * the caller leaves.
   *
   * @returns the lease, or why there is none.
   */
  async obtain(options: { deadlineMs: number; signal: AbortSignal }): Promise<Lease | Outlook> {
    return this.take() ?? await this.#wait(options);
  }

  /**
   * Takes a generation out of use because the workspace called it dead. By number, so that a late
   * answer for an old one cannot throw away the new one.
   *
   * @returns `known` if that was known already, or it is no longer the one in use.
   */
  fence(generation: Generation): "fenced" | "known" {
    const current = this.#current;
    if (current === null || current.generation.number !== generation.number) return "known";
    if (current.isFenced) return "known";
    current.isFenced = true;
    return "fenced";
  }

  /**
   * Resolves when nothing that started with `number` or an older generation is in flight, and none
   * of them may still be used by those whom it was handed to.
   */
  async drained(number: number): Promise<void> {
    await this.#drains.until(number);
  }

  /** Ends what is kept open for drains. */
  close(): void {
    this.#drains.close();
  }

  async #wait(options: { deadlineMs: number; signal: AbortSignal }): Promise<Lease | Outlook> {
    const { signal, deadlineMs } = options;
    if (signal.aborted) return NOT_YET;
    this.#askForAll();
    const { promise, resolve } = Promise.withResolvers<Lease | Outlook>();
    // Who has its answer waits no more, or it would take a lease that nobody gives back.
    const settle = (answer: Lease | Outlook) => {
      this.#waiters.delete(waiter);
      resolve(answer);
    };
    const waiter = (outlook: Outlook | null) => {
      const answer = this.take() ?? outlook;
      if (answer !== null) settle(answer);
    };
    const giveUp = () => settle(NOT_YET);
    this.#waiters.add(waiter);
    const timer = setTimeout(giveUp, deadlineMs);
    signal.addEventListener("abort", giveUp, { once: true });
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", giveUp);
    }
  }

  /** One question serves all who wait; it is asked again in case a rotator died over it. */
  #askForAll(): void {
    const now = this.#options.now();
    const isAsked = this.#waiters.size > 0 && Math.abs(now - this.#lastAskAt) < ASK_AGAIN_MS;
    if (isAsked) return;
    this.#lastAskAt = now;
    this.#options.ask();
  }

  #findLive(): Held | null {
    this.#follow();
    const held = this.#current;
    if (held === null || held.isFenced) return null;
    return isUsable(held.generation, this.#options.now(), this.#options.marginMs) ? held : null;
  }

  #follow(): void {
    const token = this.#options.readProfile();
    if (token === null || this.#current?.generation.secret.equals(token)) return;
    if (this.#rejectedFileToken?.equals(token)) return;
    const tokenId = tokenIdOf(token);
    if (this.#superseded.includes(tokenId)) {
      this.#rejectedFileToken = token;
      return;
    }
    this.#supersede({
      // Just ahead of the one in use: whatever the rotator publishes next comes after it.
      number: (this.#current?.generation.number ?? 0) + 2 ** -20,
      secret: token,
      tokenId,
      issuedAt: null,
      expiresAt: null,
      source: "profile",
    });
    this.#options.ask();
    // Not at once: it may be one of those who wait that is looking right now.
    if (this.#waiters.size > 0) queueMicrotask(() => this.#wake(null));
  }

  #supersede(generation: Generation): void {
    if (this.#current !== null) {
      this.#older.push(this.#current);
      this.#superseded.push(tokenIdOf(this.#current.generation.secret));
      if (this.#superseded.length > REMEMBERED) this.#superseded.shift();
    }
    const handedOutUntil = Number.NEGATIVE_INFINITY;
    this.#current = { generation, inFlight: 0, handedOutUntil, isFenced: false };
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

  #wake(outlook: Outlook | null): void {
    for (const waiter of this.#waiters) waiter(outlook);
  }
}

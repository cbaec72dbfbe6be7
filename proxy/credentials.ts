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

/** One use of a generation by one request. */
export interface Lease {
  readonly generation: Generation;
  /** Ends the use; the second call does nothing. */
  release(): void;
}

/** Why there is no credential: whether one may still come, and the sentence for the user. */
export interface Outlook {
  readonly mayCome: "soon" | "never";
  readonly message: string;
}

/** What {@link Credentials} needs from outside. */
export interface CredentialsOptions {
  readonly now: () => number;
  /** How long before expiry a generation counts as expired. */
  readonly marginMs: number;
  /** The token that stands in the profile at this moment, `null` if none can be read. */
  readonly readProfile: () => Secret | null;
  /** Which of them serve: those not replaced before, or whatever stands there. */
  readonly profileRule: "newer" | "any";
  /** Tells the rotator that a request waits. */
  readonly ask: () => void;
}

interface Held {
  /** Its number may rise while it is in use; the secret stays the same. */
  generation: Generation;
  inFlight: number;
  isFenced: boolean;
}

/** Ids that are remembered of superseded tokens, and of dead ones. */
const REMEMBERED = 32;
/** How often the profile is looked at while requests wait: whoever writes it tells nobody. */
const LOOK_AGAIN_MS = 50;
/** How long those who join a wait rely on the question that the first of them asked. */
const ASK_AGAIN_MS = 1_000;
const NOT_YET: Outlook = {
  mayCome: "soon",
  message: "A fresh credential is being fetched; try again",
};

/**
 * Generations in the order of their coming. The newest serves; older ones only count down. A
 * token that appears in the profile serves from the next request on, whoever wrote it, unless it
 * is known to be older than the one in use; or, where the profile is all that is followed, unless
 * it is known to be dead.
 */
export class Credentials {
  readonly #options: CredentialsOptions;
  #current: Held | null = null;
  #older: Held[] = [];
  /** So that a stale file cannot bring one back. */
  #superseded: readonly string[] = [];
  /** So that a file that keeps one cannot, either. */
  #dead: readonly string[] = [];
  #barredFileToken: Secret | null = null;
  #lookAgain: ReturnType<typeof setInterval> | undefined;
  readonly #waiters = new Set<(outlook: Outlook | null) => void>();
  #lastAskAt = Number.NEGATIVE_INFINITY;
  readonly #drains = new Map<number, PromiseWithResolvers<void>>();

  /** Holds nothing until the profile or the rotator brings something. */
  constructor(options: CredentialsOptions) {
    this.#options = options;
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
    // Whoever publishes a token knows more of it than an answer that came before.
    const id = tokenIdOf(generation.secret);
    this.#dead = this.#dead.filter((each) => each !== id);
    this.#barredFileToken = null;
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
    return {
      generation: held.generation,
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        held.inFlight--;
        if (held !== this.#current || this.#drains.size > 0) this.#settle();
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
    this.#dead = remember(this.#dead, generation.secret);
    return "fenced";
  }

  /** Resolves when nothing that started with `number` or an older generation is in flight. */
  async drained(number: number): Promise<void> {
    if (this.#isDrained(number)) return;
    const drain = this.#drains.get(number) ?? Promise.withResolvers<void>();
    this.#drains.set(number, drain);
    await drain.promise;
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
    this.#lookAgain ??= setInterval(() => this.#wake(null), LOOK_AGAIN_MS);
    const timer = setTimeout(giveUp, deadlineMs);
    signal.addEventListener("abort", giveUp, { once: true });
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", giveUp);
      if (this.#waiters.size === 0) {
        clearInterval(this.#lookAgain);
        this.#lookAgain = undefined;
      }
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
    const marginMs = marginOf(held.generation, this.#options.marginMs);
    return isUsable(held.generation, this.#options.now(), marginMs) ? held : null;
  }

  #follow(): void {
    const token = this.#options.readProfile();
    if (token === null || this.#current?.generation.secret.equals(token)) return;
    if (this.#barredFileToken?.equals(token)) return;
    const tokenId = tokenIdOf(token);
    const barred = this.#options.profileRule === "any" ? this.#dead : this.#superseded;
    if (barred.includes(tokenId)) {
      this.#barredFileToken = token;
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
      this.#superseded = remember(this.#superseded, this.#current.generation.secret);
    }
    this.#current = { generation, inFlight: 0, isFenced: false };
    this.#settle();
  }

  #settle(): void {
    this.#older = this.#older.filter((held) => held.inFlight > 0);
    for (const [number, { resolve }] of this.#drains) {
      if (!this.#isDrained(number)) continue;
      this.#drains.delete(number);
      resolve();
    }
  }

  #isDrained(number: number): boolean {
    return this.#all().every((held) => held.inFlight === 0 || held.generation.number > number);
  }

  #all(): readonly Held[] {
    return this.#current === null ? this.#older : [this.#current, ...this.#older];
  }

  #wake(outlook: Outlook | null): void {
    for (const waiter of this.#waiters) waiter(outlook);
  }
}

function remember(ids: readonly string[], secret: Secret): readonly string[] {
  return [...ids, tokenIdOf(secret)].slice(-REMEMBERED);
}

/**
 * The newest credential of this isolate: who uses which generation, and which one is dead.
 *
 * @module
 */

import { type Generation, isUsable, Secret, tokenIdOf } from "../workspace/credential.ts";

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
  /** Tells the rotator that a request waits. */
  readonly ask: () => void;
}

interface Held {
  /** Its number may rise while it is in use; the secret stays the same. */
  generation: Generation;
  inFlight: number;
  isFenced: boolean;
}

/** Ids of superseded tokens that are remembered, so that a stale file cannot bring one back. */
const REMEMBERED = 32;

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
  #outlook: Outlook | null = null;
  readonly #waiters = new Set<() => void>();
  readonly #drains = new Map<number, () => void>();

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
    return [this.#current, ...this.#older].reduce((sum, held) => sum + (held?.inFlight ?? 0), 0);
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
    this.#outlook = null;
    this.#wake();
  }

  /** What the rotator says of the next credential while there is none. */
  expect(outlook: Outlook | null): void {
    this.#outlook = outlook;
    if (outlook !== null) this.#wake();
  }

  /** A lease on the newest usable generation, `null` if there is none at this moment. */
  take(): Lease | null {
    this.#follow();
    const held = this.#current;
    const { now, marginMs } = this.#options;
    if (held === null || held.isFenced || !isUsable(held.generation, now(), marginMs)) return null;
    held.inFlight++;
    let isHeld = true;
    return {
      generation: held.generation,
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        held.inFlight--;
        this.#settle();
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
    const lease = this.take();
    if (lease !== null) return lease;
    this.#outlook = null;
    this.#options.ask();
    let isOver = options.signal.aborted;
    const end = () => {
      isOver = true;
      this.#wake();
    };
    const timer = setTimeout(end, options.deadlineMs);
    options.signal.addEventListener("abort", end, { once: true });
    try {
      while (!isOver) {
        await this.#changed();
        const late = this.take();
        if (late !== null) return late;
        if (this.#outlook !== null) return this.#outlook;
      }
      return { mayCome: "soon", message: "A fresh credential is being fetched; try again" };
    } finally {
      clearTimeout(timer);
      options.signal.removeEventListener("abort", end);
    }
  }

  /**
   * Takes a generation out of use because the workspace called it dead. By number, so that a late
   * answer for an old one cannot throw away the new one.
   *
   * @returns whether it was the one in use.
   */
  fence(generation: Generation): "current" | "older" {
    const current = this.#current;
    if (current === null || current.generation.number !== generation.number) return "older";
    current.isFenced = true;
    return "current";
  }

  /** Resolves when nothing that started with `number` or an older generation is in flight. */
  async drained(number: number): Promise<void> {
    if (this.#isDrained(number)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#drains.set(number, resolve);
    await promise;
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
      // Just behind the one in use: whatever the rotator publishes next comes after it.
      number: (this.#current?.generation.number ?? 0) + 2 ** -20,
      secret: token,
      tokenId,
      issuedAt: null,
      expiresAt: null,
      source: "profile",
    });
    this.#options.ask();
  }

  #supersede(generation: Generation): void {
    if (this.#current !== null) {
      this.#older.push(this.#current);
      this.#superseded.push(tokenIdOf(this.#current.generation.secret));
      if (this.#superseded.length > REMEMBERED) this.#superseded.shift();
    }
    this.#current = { generation, inFlight: 0, isFenced: false };
    this.#settle();
  }

  #settle(): void {
    this.#older = this.#older.filter((held) => held.inFlight > 0);
    for (const [number, resolve] of this.#drains) {
      if (!this.#isDrained(number)) continue;
      this.#drains.delete(number);
      resolve();
    }
  }

  #isDrained(number: number): boolean {
    return [this.#current, ...this.#older].every((held) =>
      held === null || held.inFlight === 0 || held.generation.number > number
    );
  }

  #wake(): void {
    for (const wake of this.#waiters) wake();
    this.#waiters.clear();
  }

  #changed(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiters.add(resolve);
    return promise;
  }
}

/**
 * Who is connected, and for how long it may stay: a connection that brings no request with a key
 * in time is ended, and makes room for others before that if there is too little of it.
 *
 * @module
 */

import { Refusal } from "./refusal.ts";
import type { ServeConnection, ServedConnection } from "./serve_connection.ts";

/** A request as a visit: where it came from, and how it is known there. */
export interface Visitor {
  /** The address of the caller, the same for all who come through a socket. */
  readonly source: string;
  /** Settles when the answer is delivered, or cannot be. */
  readonly completed: Promise<void>;
  /**
   * The request showed who it is from: its connection may stay.
   *
   * @throws {Refusal} 503 if there are too many connections, 429 if too many of them are of `owner`.
   */
  admit(owner: string): void;
  /**
   * The request was answered although not all of it has come: unless another one follows, its
   * connection ends soon after the answer.
   */
  dismiss(): void;
}

/** Answers a request that came on a connection. */
export type VisitHandler = (request: Request, visitor: Visitor) => Promise<Response>;

/** Why a connection was ended by us. */
export type DropReason = "no-request" | "unread" | "idle" | "crowded";

/** What {@link Connections} needs. */
export interface ConnectionsOptions {
  readonly maxConnections: number;
  readonly maxConnectionsPerKey: number;
  readonly headerTimeoutMs: number;
  readonly serve: ServeConnection;
  /** Counts a connection that was ended. */
  readonly onDrop: (reason: DropReason) => void;
  /**
   * Milliseconds on a clock that only rises.
   * @default {performance.now}
   */
  readonly elapsed?: () => number;
}

/** A connection as it is judged. */
export interface Guest {
  /** Whose key it showed last, `null`: nobody's. */
  owner: string | null;
  /** When it came or ended its last request, `Infinity` while one with a key runs. */
  since: number;
}

interface Entry extends Guest {
  served: ServedConnection | null;
  running: number;
  isDismissed: boolean;
  /** It came when there was no room, and is told so. */
  readonly isCrowded: boolean;
}

/** Longer than the agents' HTTP clients keep an idle connection, so that they end it, not we. */
const KEEP_ALIVE_MS = 600_000;

/** So long whoever still sends a body has to read that nobody wants it. */
const LINGER_MS = 1_000;

/** The open connections of an isolate. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #elapsed: () => number;
  readonly #entries = new Set<Entry>();
  readonly #owned = new Map<string, number>();
  #timer: ReturnType<typeof setInterval> | null = null;

  /** Nobody is connected yet; the timer runs only while somebody is. */
  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#elapsed = options.elapsed ?? (() => performance.now());
  }

  /** Connections that are open. */
  get size(): number {
    return this.#entries.size;
  }

  /** Takes a connection over. */
  open(connection: Deno.Conn, handle: VisitHandler): void {
    const isCrowded = !this.#makeRoom();
    const since = this.#elapsed();
    const entry: Entry = {
      owner: null,
      since,
      served: null,
      running: 0,
      isDismissed: false,
      isCrowded,
    };
    const source = sourceOf(connection.remoteAddr);
    const admit = (owner: string) => this.#admit(entry, owner);
    const dismiss = () => {
      entry.isDismissed = true;
    };
    const settle = () => this.#settle(entry);
    const answer = (request: Request, { completed }: Deno.ServeHandlerInfo) => {
      entry.running++;
      entry.isDismissed = false;
      completed.then(settle, settle);
      return handle(request, { source, completed, admit, dismiss });
    };
    const served = this.#options.serve(connection, answer);
    entry.served = served;
    this.#entries.add(entry);
    this.#timer ??= setInterval(() => this.check(), pauseFor(this.#options.headerTimeoutMs));
    const forget = () => this.#forget(entry);
    served.finished.then(forget, () => {
      forget();
      // One that broke off is gone, but Deno keeps its record until it is told to shut it down.
      served.shutdown().catch(() => {});
    });
  }

  /** Looks once at every connection. */
  check(): void {
    const now = this.#elapsed();
    for (const entry of [...this.#entries]) {
      const [limitMs, reason] = this.#boundOf(entry);
      if (now - entry.since >= limitMs) this.#drop(entry, reason);
    }
  }

  /** Ends every connection as soon as nothing runs on it. */
  async shutdown(): Promise<void> {
    const served = Array.from(this.#entries, (entry) => entry.served);
    await Promise.allSettled(served.map((each) => each?.shutdown()));
  }

  #boundOf({ owner, running, isDismissed }: Entry): readonly [limitMs: number, DropReason] {
    if (isDismissed && running === 0) return [LINGER_MS, "unread"];
    return owner === null ? [this.#options.headerTimeoutMs, "no-request"] : [KEEP_ALIVE_MS, "idle"];
  }

  /** @returns whether there is room for one more. */
  #makeRoom(): boolean {
    if (this.#entries.size < this.#options.maxConnections) return true;
    const victim = findVictim(this.#entries);
    if (victim === null) return false;
    this.#drop(victim, "crowded");
    return this.#entries.size < this.#options.maxConnections;
  }

  #admit(entry: Entry, owner: string): void {
    const { maxConnections, maxConnectionsPerKey } = this.#options;
    if (entry.isCrowded) throw crowdedRefusal(maxConnections);
    if (entry.owner !== owner) {
      const owned = this.#owned.get(owner) ?? 0;
      if (owned >= maxConnectionsPerKey) throw ownerRefusal(maxConnectionsPerKey);
      this.#disown(entry);
      entry.owner = owner;
      this.#owned.set(owner, owned + 1);
    }
    if (entry.running > 0) entry.since = Infinity;
  }

  #settle(entry: Entry): void {
    entry.running--;
    if (entry.running === 0) entry.since = this.#elapsed();
  }

  #drop(entry: Entry, reason: DropReason): void {
    this.#forget(entry);
    entry.served?.end();
    this.#options.onDrop(reason);
  }

  #forget(entry: Entry): void {
    if (!this.#entries.delete(entry)) return;
    this.#disown(entry);
    if (this.#entries.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  #disown({ owner }: Entry): void {
    if (owner === null) return;
    const left = (this.#owned.get(owner) ?? 0) - 1;
    if (left > 0) this.#owned.set(owner, left);
    else this.#owned.delete(owner);
  }
}

/**
 * Who has to make room for a newcomer: of those without a key the one that has had the longest
 * chance to show one, else the one that has been idle for longest; nobody who is being served.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { findVictim } from "./connections.ts";
 *
 * const stranger = { owner: null, since: 20 };
 * const idle = { owner: "pi", since: 10 };
 * const busy = { owner: "pi", since: Infinity };
 * assert.equal(findVictim([busy, idle, stranger]), stranger);
 * assert.equal(findVictim([busy, idle]), idle);
 * assert.equal(findVictim([busy]), null);
 * ```
 */
export function findVictim<G extends Readonly<Guest>>(guests: Iterable<G>): G | null {
  let victim: G | null = null;
  for (const guest of guests) {
    if (guest.since !== Infinity && (victim === null || goesFirst(guest, victim))) victim = guest;
  }
  return victim;
}

function goesFirst(one: Readonly<Guest>, other: Readonly<Guest>): boolean {
  if ((one.owner === null) !== (other.owner === null)) return one.owner === null;
  return one.since < other.since;
}

/** The part of an address that stays the same from one connection to the next. */
export function sourceOf(address: Deno.Addr): string {
  return address.transport === "tcp" ? address.hostname : "socket";
}

function pauseFor(headerTimeoutMs: number): number {
  return Math.min(1_000, headerTimeoutMs / 4);
}

function crowdedRefusal(maxConnections: number): Refusal {
  const message = `Keyturn has ${maxConnections} connections in use and takes no more; try again ` +
    "in a moment, or raise PROXY_MAX_CONNECTIONS";
  return new Refusal(503, "unavailable", message, { retryAfterS: 1, limit: "connections" });
}

function ownerRefusal(maxConnectionsPerKey: number): Refusal {
  const message = `This agent's key has ${maxConnectionsPerKey} connections open and gets no ` +
    "more; close some, or raise PROXY_MAX_CONNECTIONS_PER_KEY";
  const limit = "connections-per-key";
  return new Refusal(429, "rate-limited", message, { retryAfterS: 1, limit });
}

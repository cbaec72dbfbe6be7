/**
 * The credential at hand of a source whose credentials expire by themselves: handed to the proxies
 * under a number, and called dead by the workspace or not.
 *
 * @module
 */

import type { Logger } from "@logtape/logtape";
import {
  type Generation,
  isUsable,
  marginOf,
  REJECT_MARGIN_MS,
  tokenIdOf,
} from "../workspace/credential.ts";
import { within } from "../support/within.ts";
import type { Proxies } from "./proxies.ts";
import { type Life, refreshWindowMs } from "./refresh_schedule.ts";
import type { Fetched, Source } from "./sources/source.ts";

/** What {@link Holding} works with. */
export interface HoldingOptions {
  readonly source: Source;
  readonly proxies: Proxies;
  readonly log: Logger;
  /** Epoch ms. */
  readonly now: () => number;
  /** Told of each generation before the proxies are. */
  readonly onServe: (generation: Generation) => void;
  /** Numbers of generations go on from here. */
  readonly lastNumber: number;
}

/** A credential as it was fetched, and when it was asked for. */
export interface Taken extends Fetched, Life {}

/** A proxy isolate that has not confirmed a generation by then is worth a line in the log. */
const SILENT_MS = 2_000;

/** Holds the newest credential. */
export class Holding {
  readonly #options: HoldingOptions;
  #taken: Taken | null = null;
  #last: Generation | null = null;
  #number: number;
  #rejectedNumber = -1;

  /** Nothing is at hand yet. */
  constructor(options: HoldingOptions) {
    this.#options = options;
    this.#number = options.lastNumber;
  }

  /** What serves, `null` if nothing does. */
  get current(): Generation | null {
    return this.#taken === null ? null : this.#last;
  }

  /** What served last, dead or alive. */
  get last(): Generation | null {
    return this.#last;
  }

  /** What serves, as it was fetched. */
  get taken(): Taken | null {
    return this.#taken;
  }

  /** Whether the workspace called what serves dead, and nothing was done about it yet. */
  get isRejected(): boolean {
    return this.current !== null && this.#rejectedNumber >= this.#number;
  }

  /** Whether it can be sent. */
  get isUsable(): boolean {
    const { current } = this;
    if (current === null || this.isRejected) return false;
    return isUsable(current, this.#options.now(), marginOf(current, REJECT_MARGIN_MS));
  }

  /** Ms for which it can be sent, `null`: unknown. */
  get leftMs(): number | null {
    const { current } = this;
    if (current === null || !this.isUsable) return 0;
    if (current.expiresAt === null) return null;
    return current.expiresAt - marginOf(current, REJECT_MARGIN_MS) - this.#options.now();
  }

  /** Ms for which it can be sent past the moment at which the next one is fetched. */
  get windowMs(): number {
    const { current } = this;
    if (current === null || this.#taken === null) return 0;
    return refreshWindowMs(this.#taken, marginOf(current, REJECT_MARGIN_MS)) ?? 0;
  }

  /** The workspace called a generation dead; `null`: one without a number. */
  reject(number: number | null): void {
    this.#rejectedNumber = Math.max(this.#rejectedNumber, number ?? this.#number);
  }

  /** Makes it the serving one, under a number of its own even if it serves already. */
  serve(taken: Taken): Generation {
    const { source, proxies, log, onServe } = this.#options;
    const { secret, fetchedAt: issuedAt, expiresAt } = taken;
    const number = ++this.#number;
    const [tokenId, kind] = [tokenIdOf(secret), source.kind];
    const generation = { number, secret, tokenId, issuedAt, expiresAt, source: kind };
    this.#taken = taken;
    this.#last = generation;
    onServe(generation);
    within(proxies.publish(generation).then(() => "confirmed"), SILENT_MS).then((how) => {
      if (how === "late") log.warn("proxy-silent", { generation: number });
    });
    return generation;
  }

  /** What serves is dead. */
  bury(): void {
    this.#options.log.warn("token-dead", { tokenId: this.#last?.tokenId ?? null });
    this.#taken = null;
  }
}

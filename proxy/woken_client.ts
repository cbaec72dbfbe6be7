/**
 * The connections to the workspace, left behind when the machine has slept: whoever was at their
 * other end has forgotten them, and says so to nobody. What is sent on one of them is never
 * answered.
 *
 * @module
 */

import type { Clocks } from "../support/set_back.ts";

/** What {@link WokenClient} needs. */
export interface WokenClientOptions extends Clocks {
  readonly make: () => Deno.HttpClient;
}

/**
 * The clock that only rises stands still while a machine sleeps, the other goes on. So much of a
 * difference is no adjusting; a clock that is set forward looks the same and costs new connections.
 */
const SLEPT_MS = 2_000;

/** One client after the other. */
export class WokenClient {
  readonly #options: WokenClientOptions;
  #client: Deno.HttpClient;
  #lead: number;

  /** Makes the first one. */
  constructor(options: WokenClientOptions) {
    this.#options = options;
    this.#client = options.make();
    this.#lead = this.#readLead();
  }

  /** The client for the next request. */
  get(): Deno.HttpClient {
    this.look();
    return this.#client;
  }

  /** Looks at the clocks. Requests that are under way on an earlier client are left alone. */
  look(): void {
    const lead = this.#readLead();
    if (lead - this.#lead > SLEPT_MS) {
      this.#client.close();
      this.#client = this.#options.make();
    }
    this.#lead = lead;
  }

  /** Ends it. */
  close(): void {
    this.#client.close();
  }

  #readLead(): number {
    return this.#options.now() - this.#options.elapsed();
  }
}

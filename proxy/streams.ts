/**
 * How many requests are on their way to the workspace and back.
 *
 * @module
 */

import { Refusal } from "./refusal.ts";

/** A counted number of places. What waits for a credential has a place too: there is no queue. */
export class Streams {
  readonly #max: number;
  #running = 0;

  /** All places are free. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Places that are taken. */
  get running(): number {
    return this.#running;
  }

  /**
   * Takes a place until `completed` settles.
   *
   * @throws {Refusal} 503 if there is none.
   */
  enter(completed: Promise<unknown>): void {
    if (this.#running >= this.#max) throw this.#refusal();
    this.#running++;
    const leave = () => {
      this.#running--;
    };
    completed.then(leave, leave);
  }

  #refusal(): Refusal {
    const message = `Keyturn has ${this.#max} requests in flight and takes no more; try again in ` +
      "a moment, or raise PROXY_MAX_STREAMS";
    return new Refusal(503, "unavailable", message, { retryAfterS: 1, limit: "streams" });
  }
}

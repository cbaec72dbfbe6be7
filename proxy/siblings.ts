/**
 * The counts of all proxy isolates, asked for through the supervisor.
 *
 * @module
 */

import type { FromProxy, ProxyStats } from "../protocol.ts";

/** Asks, and keeps who waits for which answer. */
export class Siblings {
  readonly #toSupervisor: (message: FromProxy) => void;
  readonly #waiting = new Map<number, (all: readonly ProxyStats[]) => void>();
  #lastId = 0;

  /** Asks nothing yet. */
  constructor(toSupervisor: (message: FromProxy) => void) {
    this.#toSupervisor = toSupervisor;
  }

  /** What each isolate that is alive has counted, this one included. */
  async gather(): Promise<readonly ProxyStats[]> {
    const id = ++this.#lastId;
    const { promise, resolve } = Promise.withResolvers<readonly ProxyStats[]>();
    this.#waiting.set(id, resolve);
    this.#toSupervisor({ type: "gather", id });
    return await promise;
  }

  /** The answer to the question `id`. */
  receive(id: number, all: readonly ProxyStats[]): void {
    this.#waiting.get(id)?.(all);
    this.#waiting.delete(id);
  }
}

/**
 * Short requests at a steady pace over kept-alive connections. They are sent whether or not the
 * ones before them are answered, so that a stall is felt by all that fall into it.
 *
 * @module
 */

import { KeptConnection } from "./kept_connection.ts";
import type { PacedOptions, Sample } from "./protocol.ts";

const BODY = JSON.stringify({
  model: "databricks-claude-sonnet-4-5",
  messages: [{ role: "user", content: "a".repeat(900) }],
});

/** Asks from {@link PacedRequests.start} until {@link PacedRequests.stop}. */
export class PacedRequests {
  /** What was measured so far. */
  readonly samples: Sample[] = [];
  readonly #options: PacedOptions;
  readonly #free: KeptConnection[];
  readonly #waiting: ((connection: KeptConnection) => void)[] = [];
  readonly #running = new Set<Promise<void>>();
  #pacing: Promise<void> = Promise.resolve();
  #isOver = false;

  private constructor(options: PacedOptions, connections: readonly KeptConnection[]) {
    this.#options = options;
    this.#free = [...connections];
  }

  /** Opens all connections, and begins. */
  static async start(options: PacedOptions): Promise<PacedRequests> {
    const url = new URL(options.origin);
    const opening = Array.from({ length: options.connections }, () => KeptConnection.open(url));
    const requests = new PacedRequests(options, await Promise.all(opening));
    requests.#pacing = requests.#pace();
    return requests;
  }

  /** Resolves when the last answer is there. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#pacing;
    await Promise.all(this.#running);
    for (const connection of this.#free) connection.close();
  }

  async #pace(): Promise<void> {
    const gapMs = 1_000 / this.#options.perSecond;
    let dueAt = performance.now();
    for (let mark = 1; !this.#isOver; mark++) {
      const work = this.#ask(mark);
      this.#running.add(work);
      work.finally(() => this.#running.delete(work));
      // Uneven, or it would fall into step with the streams or with another series.
      dueAt += gapMs * (0.5 + Math.random());
      const pauseMs = Math.max(0, dueAt - performance.now());
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  async #ask(mark: number): Promise<void> {
    const { path, key, mark: name } = this.#options;
    const startedAt = performance.now();
    const connection = await this.#take();
    const status = await connection.post(`${path}?${name}=${mark}`, { key, body: BODY });
    const ms = performance.now() - startedAt;
    this.samples.push({ mark, sentAt: performance.timeOrigin + startedAt, ms, status });
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(connection);
    else next(connection);
  }

  /** In turn, so that every isolate behind the connections is asked. */
  async #take(): Promise<KeptConnection> {
    const connection = this.#free.shift();
    if (connection !== undefined) return connection;
    const { promise, resolve } = Promise.withResolvers<KeptConnection>();
    this.#waiting.push(resolve);
    return await promise;
  }
}

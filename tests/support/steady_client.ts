/**
 * A client that asks at a steady pace and never again: what fails stays failed.
 *
 * @module
 */

/** A request that failed. */
export interface Failure {
  /** Ms since the client began. */
  readonly at: number;
  readonly status: number | null;
  readonly text: string;
}

/** How it asks. */
export interface SteadyOptions {
  readonly origin: string;
  /** The local key. */
  readonly key: string;
  readonly perSecond: number;
}

/** Longer than a request is held, and than an answer takes on a busy machine. */
const LIMIT_MS = 25_000;

/** Asks until it is stopped. */
export class SteadyClient {
  readonly failures: Failure[] = [];
  readonly #options: SteadyOptions;
  readonly #startedAt = performance.now();
  readonly #stop = new AbortController();
  readonly #asking: Promise<void>;
  #sent = 0;

  /** Begins at once. */
  constructor(options: SteadyOptions) {
    this.#options = options;
    this.#asking = this.#run();
  }

  /** Requests so far. */
  get sent(): number {
    return this.#sent;
  }

  /** Ends when the last answer has come. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#asking;
  }

  async #run(): Promise<void> {
    const work: Promise<void>[] = [];
    while (!this.#stop.signal.aborted) {
      work.push(this.#ask(this.#sent++));
      const nextAt = this.#startedAt + this.#sent * 1_000 / this.#options.perSecond;
      const pauseMs = Math.max(0, nextAt - performance.now());
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    await Promise.all(work);
  }

  async #ask(index: number): Promise<void> {
    const at = Math.round(performance.now() - this.#startedAt);
    const stream = index % 3 === 0;
    try {
      const response = await fetch(`${this.#options.origin}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${this.#options.key}` },
        signal: AbortSignal.timeout(LIMIT_MS),
        body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "hi" }], stream }),
      });
      const text = await response.text();
      const isWhole = stream ? /data: \[DONE\]\s*$/.test(text) : /\}\s*$/.test(text);
      if (response.status === 200 && isWhole) return;
      this.failures.push({ at, status: response.status, text: text.slice(0, 300) });
    } catch (error) {
      this.failures.push({ at, status: null, text: `${error}` });
    }
  }
}

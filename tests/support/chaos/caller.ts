/**
 * An agent that asks at a steady pace and never again: what fails stays failed.
 *
 * @module
 */

import type { LiveProxy } from "./mortal_service.ts";
import type { Ended } from "./supply.ts";

/** A request that got something else than a whole answer. */
export interface Failed extends Ended {
  readonly status: number | null;
  readonly text: string;
}

/** How it asks. */
export interface CallerOptions {
  /** Those that can be asked at this moment. */
  readonly live: () => readonly LiveProxy[];
  /** The local key. */
  readonly key: string;
  readonly pauseMs: number;
  /** Ms. */
  readonly elapsed: () => number;
}

/** Longer than a request may be held, and an answer takes on a busy machine. */
const LIMIT_MS = 22_000;

/** Asks until it is stopped. */
export class Caller {
  /** Not those whose proxy died over them. */
  readonly failed: Failed[] = [];
  readonly #options: CallerOptions;
  readonly #client = Deno.createHttpClient({});
  readonly #stop = new AbortController();
  readonly #asking: Promise<void>;
  #sent = 0;
  #answered = 0;
  #longestMs = 0;
  /** Aborted: what is under way is lost. */
  #loss = new AbortController();

  /** Begins at once. */
  constructor(options: CallerOptions) {
    this.#options = options;
    this.#asking = this.#run();
  }

  /** Requests so far. */
  get sent(): number {
    return this.#sent;
  }

  /** Whole answers so far. */
  get answered(): number {
    return this.#answered;
  }

  /** The longest time that a whole answer took, in ms. */
  get longestMs(): number {
    return this.#longestMs;
  }

  /** All connections are dead from now on, and with them what is under way. */
  lose(): void {
    this.#loss.abort();
    this.#loss = new AbortController();
  }

  /** Ends when the last answer has come. */
  async stop(): Promise<void> {
    const isFirst = !this.#stop.signal.aborted;
    this.#stop.abort();
    await this.#asking;
    if (isFirst) this.#client.close();
  }

  async #run(): Promise<void> {
    const work: Promise<void>[] = [];
    while (!this.#stop.signal.aborted) {
      const live = this.#options.live();
      const one = live[this.#sent % live.length];
      if (one !== undefined) work.push(this.#ask(one, this.#sent++));
      await new Promise((resolve) => setTimeout(resolve, this.#options.pauseMs));
    }
    await Promise.all(work);
  }

  async #ask(live: LiveProxy, index: number): Promise<void> {
    const startedAt = this.#options.elapsed();
    const loss = this.#loss.signal;
    // Each fourth one is a stream that takes its time.
    const stream = index % 4 === 0;
    const { status, text } = await this.#send(live.origin, {
      form: stream ? "stream" : "whole",
      loss,
    });
    const endedAt = this.#options.elapsed();
    if (status === 200 && (stream ? /data: \[DONE\]\s*$/ : /\}\s*$/).test(text)) {
      this.#answered++;
      this.#longestMs = Math.max(this.#longestMs, endedAt - startedAt);
    } else if (!live.isDead && !loss.aborted) {
      this.failed.push({ startedAt, endedAt, status, text: text.slice(-300) });
    }
  }

  async #send(
    origin: string,
    { form, loss }: { readonly form: "stream" | "whole"; readonly loss: AbortSignal },
  ) {
    const content = form === "stream" ? "hi [[stream 4]] [[slow 150]]" : "hi";
    const messages = [{ role: "user", content }];
    try {
      const response = await fetch(`${origin}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${this.#options.key}` },
        body: JSON.stringify({ model: "m", messages, stream: form === "stream" }),
        signal: AbortSignal.any([AbortSignal.timeout(LIMIT_MS), loss]),
        client: this.#client,
      });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      return { status: null, text: `${error}` };
    }
  }
}

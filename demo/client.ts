/**
 * The sample client: an agent that took its key once, at its start, and asks at a steady pace.
 * It reads every answer to its end.
 *
 * @module
 */

import { describeError } from "../support/errors.ts";
import type { Secret } from "../support/secret.ts";
import type { Dialect } from "../workspace/endpoints.ts";
import type { RequestCounts, Tally } from "./protocol.ts";
import { makeSampleRequest, type SampleRequest } from "./sample_request.ts";
import { findFlaw } from "./whole_answer.ts";

/** What the client works with. */
export interface SampleClientOptions {
  /** `http://…` of the proxy, without a path. */
  readonly origin: string;
  /** The key that it keeps for good. */
  readonly key: Secret;
  readonly requestsPerSecond: number;
  /** An answer that has not ended by then has failed. */
  readonly deadlineMs: number;
  readonly fetch: typeof fetch;
}

const KEPT_FAILURES = 5;
const NONE: Tally = { ok: 0, failed: 0 };

/** Asks until it is stopped. */
export class SampleClient {
  readonly #options: SampleClientOptions;
  readonly #running = new Set<Promise<void>>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #next = 0;
  #counts: RequestCounts = {
    byDialect: { chat: NONE, responses: NONE, anthropic: NONE, gemini: NONE },
    failures: [],
  };

  /** Asks nothing until {@link SampleClient.start}. */
  constructor(options: SampleClientOptions) {
    this.#options = options;
  }

  /** Begins with a request at once. */
  start(): void {
    this.#ask();
    this.#timer = setInterval(() => this.#ask(), 1_000 / this.#options.requestsPerSecond);
  }

  /** Resolves when no request is under way any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#running);
  }

  /** The requests that have ended so far. */
  get counts(): RequestCounts {
    return this.#counts;
  }

  #ask(): void {
    const request = makeSampleRequest(this.#next++);
    const work = this.#exchange(request).then((flaw) => this.#count(request, flaw));
    this.#running.add(work);
    work.finally(() => this.#running.delete(work));
  }

  /** What was wrong, `null` if nothing was. Never throws. */
  async #exchange(request: SampleRequest): Promise<string | null> {
    const { origin, fetch, deadlineMs } = this.#options;
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), deadlineMs);
    try {
      const response = await fetch(origin + request.path, {
        method: "POST",
        headers: { "content-type": "application/json", ...this.#keyHeader(request) },
        body: JSON.stringify(request.body),
        redirect: "manual",
        signal: deadline.signal,
      });
      return findFlaw({ status: response.status, text: await response.text() }, request);
    } catch (error) {
      if (deadline.signal.aborted) return `no end after ${deadlineMs / 1_000} s`;
      return `the connection broke: ${describeError(error)}`;
    } finally {
      clearTimeout(timer);
    }
  }

  #keyHeader({ keyHeader }: SampleRequest): Record<string, string> {
    const key = this.#options.key.reveal();
    return { [keyHeader]: keyHeader === "authorization" ? `Bearer ${key}` : key };
  }

  #count({ dialect, form }: SampleRequest, flaw: string | null): void {
    const { byDialect, failures } = this.#counts;
    const { ok, failed } = byDialect[dialect];
    const tally = flaw === null ? { ok: ok + 1, failed } : { ok, failed: failed + 1 };
    const what = form === "stream" ? `${dialect} stream` : dialect;
    const isKept = flaw !== null && failures.length < KEPT_FAILURES;
    this.#counts = {
      byDialect: { ...byDialect, [dialect]: tally } satisfies Record<Dialect, Tally>,
      failures: isKept ? [...failures, `${what}: ${flaw}`] : failures,
    };
  }
}

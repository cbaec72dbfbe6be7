/**
 * One isolate that is kept alive: what dies is started again after a pause.
 *
 * @module
 */

import type { Logger } from "@logtape/logtape";
import { describeError } from "../support/errors.ts";
import { isLastWords, type LastWords } from "../support/last_words.ts";

/** How an isolate is started and spoken to. */
export interface IsolateOptions<Out> {
  /** For the log. */
  readonly name: string;
  readonly spawn: () => Worker;
  /** Called after each start, before anything is received. */
  readonly onStart: () => void;
  readonly onMessage: (message: Out) => void;
  /** Called when it died by itself; `reason` in words. */
  readonly onDeath: (reason: string) => void;
  readonly log: Logger;
  /** Ms by a clock that only rises. */
  readonly elapsed: () => number;
}

const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 10_000;
/** A worker that lived this long is no longer failing at its start. */
const SETTLED_MS = 30_000;

/**
 * The pause before an isolate is started again.
 *
 * @param deaths how often it died in a row, at least 1.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { restartPauseMs } from "./isolate.ts";
 *
 * assert.equal(restartPauseMs(1), 100);
 * assert.equal(restartPauseMs(3), 400);
 * assert.equal(restartPauseMs(50), 10_000);
 * ```
 */
export function restartPauseMs(deaths: number): number {
  return Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(deaths - 1, 20));
}

/** Runs a worker until it is ended. */
export class Isolate<In, Out> {
  readonly #options: IsolateOptions<Out>;
  #worker: Worker | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #startedAt = 0;
  #deaths = 0;
  #isLast = false;

  /** Has no worker until {@link Isolate.start}. */
  constructor(options: IsolateOptions<Out>) {
    this.#options = options;
  }

  /** Starts a worker. */
  start(): void {
    const { spawn, onStart, onMessage, elapsed } = this.#options;
    this.#startedAt = elapsed();
    let worker: Worker;
    try {
      worker = spawn();
    } catch (error) {
      return this.#bury(describeError(error));
    }
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<Out | LastWords>) => {
      if (!isLastWords(data)) onMessage(data);
      else if (this.#worker === worker) this.#bury(data.reason);
    };
    // Of a worker that could not even say its last words.
    worker.onerror = (event) => {
      // Not handled, the error would end the whole process.
      event.preventDefault();
      if (this.#worker === worker) this.#bury(event.message);
    };
    onStart();
  }

  /** Whether a worker is there to be spoken to. */
  get isAlive(): boolean {
    return this.#worker !== null;
  }

  /** Says something, with whatever changes hands. Lost if there is no worker. */
  send(message: In, transfer: Transferable[] = []): void {
    this.#worker?.postMessage(message, transfer);
  }

  /** From now on it is not started again. */
  letGo(): void {
    this.#isLast = true;
    clearTimeout(this.#timer);
  }

  /** Ends it for good. */
  end(): void {
    this.letGo();
    this.#worker?.terminate();
    this.#worker = null;
  }

  #bury(reason: string): void {
    const { name, log, elapsed, onDeath } = this.#options;
    this.#worker?.terminate();
    this.#worker = null;
    this.#deaths = elapsed() - this.#startedAt > SETTLED_MS ? 1 : this.#deaths + 1;
    const restartInMs = this.#isLast ? null : restartPauseMs(this.#deaths);
    log.error("isolate-died", { isolate: name, reason, restartInMs });
    if (restartInMs !== null) this.#timer = setTimeout(() => this.start(), restartInMs);
    onDeath(reason);
  }
}

/**
 * The demo isolate as the supervisor sees it: what it is told, and what it answers.
 *
 * @module
 */

import type { DemoTarget, FromDemo, Snapshot, ToDemo, TokenCounts } from "../demo/protocol.ts";
import { describeError } from "../support/errors.ts";
import { grantsForDemo, workerPermissions } from "./grants.ts";

type Answer<Type extends FromDemo["type"]> = Extract<FromDemo, { type: Type }>;

/**
 * A running demo isolate. Every method rejects if the isolate fails: without a workspace there is
 * nothing to go on with, so it is not started again.
 */
export class DemoIsolate {
  readonly #worker: Worker;
  readonly #onSnapshot: (snapshot: Snapshot) => void;
  readonly #failed = Promise.withResolvers<never>();
  readonly #waiting = new Map<FromDemo["type"], (message: FromDemo) => void>();

  /** Starts it. Of the network it gets a door of its own and the way to the proxy. */
  constructor(options: {
    readonly proxyPort: number;
    readonly onSnapshot: (snapshot: Snapshot) => void;
  }) {
    this.#onSnapshot = options.onSnapshot;
    this.#worker = new Worker(new URL("../demo/worker.ts", import.meta.url), {
      type: "module",
      name: "demo",
      deno: { permissions: workerPermissions(grantsForDemo(options.proxyPort)) },
    });
    this.#worker.onmessage = ({ data }: MessageEvent<FromDemo>) => this.#onMessage(data);
    this.#worker.onerror = (event) => {
      // Not handled, the error would end the whole process.
      event.preventDefault();
      this.#fail(`the demo's workspace and client failed: ${event.message}`);
    };
    // Whoever waits at that moment is told; that nobody does is no error of its own.
    this.#failed.promise.catch(() => {});
  }

  /** Opens the workspace. */
  async open(): Promise<{ readonly origin: string; readonly token: string }> {
    return await this.#ask({ type: "open" }, "opened");
  }

  /** Begins to use the service as soon as that is ready; resolves to that moment, in epoch ms. */
  async run(target: DemoTarget): Promise<number> {
    return (await this.#ask({ type: "run", target }, "running")).at;
  }

  /** Lets the last requests end. */
  async rest(): Promise<Snapshot> {
    return (await this.#ask({ type: "rest" }, "resting")).snapshot;
  }

  /** Closes the workspace; resolves to the tokens that were in it then. */
  async close(): Promise<TokenCounts> {
    return (await this.#ask({ type: "close" }, "closed")).tokens;
  }

  /** Rejects when the isolate fails; does nothing else. */
  get failure(): Promise<never> {
    return this.#failed.promise;
  }

  /** Ends it, whatever it is doing. */
  [Symbol.dispose](): void {
    this.#worker.terminate();
  }

  async #ask<Type extends FromDemo["type"]>(message: ToDemo, type: Type): Promise<Answer<Type>> {
    const answered = new Promise<FromDemo>((resolve) => this.#waiting.set(type, resolve));
    this.#worker.postMessage(message);
    // The map's key is the type of the message that is given to its function.
    return await Promise.race([answered, this.failure]) as Answer<Type>;
  }

  #onMessage(message: FromDemo): void {
    if (message.type === "snapshot") this.#show(message.snapshot);
    else if (message.type === "failed") {
      this.#fail(`the demo's workspace and client failed: ${message.reason}`);
    } else this.#waiting.get(message.type)?.(message);
  }

  #show(snapshot: Snapshot): void {
    try {
      this.#onSnapshot(snapshot);
    } catch (error) {
      // As into a file on a full disk. Thrown from here, it would end the process without cleaning.
      this.#fail(`it cannot be shown: ${describeError(error)}`);
    }
  }

  #fail(reason: string): void {
    this.#failed.reject(new Error(reason));
  }
}

/**
 * A thread of the benchmark: an isolate with an event loop of its own.
 *
 * @module
 */

/** Runs a file beside this one until it is disposed of. */
export class Thread<Order, News> implements Disposable {
  /** Rejects if it throws. */
  readonly failed: Promise<never>;
  readonly #worker: Worker;

  /** Starts it. */
  constructor(file: string, onNews: (news: News) => void) {
    this.#worker = new Worker(new URL(file, import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<News>) => onNews(data);
    const { promise, reject } = Promise.withResolvers<never>();
    this.#worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`${file} failed: ${event.message}`));
    };
    // Whoever waits for the thread waits for this, too; nobody may wait at that moment.
    promise.catch(() => {});
    this.failed = promise;
  }

  /** Tells it something. */
  send(order: Order): void {
    this.#worker.postMessage(order);
  }

  /** Ends it where it is. */
  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}

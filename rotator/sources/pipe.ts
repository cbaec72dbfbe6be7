/**
 * What a child process writes, of which no more than a part is kept.
 *
 * @module
 */

/** What is kept of it. */
export interface PipeOptions {
  readonly keepBytes: number;
  /** Of `first`, more than that is too much; of `last`, the rest is forgotten. */
  readonly keep: "first" | "last";
}

/** Reads a pipe from now on. */
export class Pipe {
  /** Resolves at its end. */
  readonly ended: Promise<void>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  readonly #overflow = Promise.withResolvers<void>();
  readonly #options: PipeOptions;
  #bytes = new Uint8Array();
  #isOver = false;

  /** Takes the stream over. */
  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>, options: PipeOptions) {
    this.#options = options;
    this.#reader = stream.getReader();
    this.ended = this.#read();
  }

  /** Resolves when more came than is kept, where the first of it was to be kept. */
  get overflow(): Promise<void> {
    return this.#overflow.promise;
  }

  /** Whether that happened. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** What was kept; what is no UTF-8 becomes a sign that no token has. */
  get text(): string {
    return new TextDecoder().decode(this.#bytes);
  }

  /** Reads no more of it. */
  async close(): Promise<void> {
    await this.#reader.cancel().catch(() => {});
  }

  async #read(): Promise<void> {
    const { keepBytes, keep } = this.#options;
    try {
      for (;;) {
        const { done, value } = await this.#reader.read();
        if (done) return;
        const joined = new Uint8Array(this.#bytes.length + value.length);
        joined.set(this.#bytes);
        joined.set(value, this.#bytes.length);
        this.#bytes = keep === "first" ? joined.slice(0, keepBytes) : joined.slice(-keepBytes);
        if (keep === "last" || joined.length <= keepBytes) continue;
        this.#isOver = true;
        this.#overflow.resolve();
        return;
      }
    } catch {
      // A pipe that breaks is at its end; how the command ended says more.
    }
  }
}

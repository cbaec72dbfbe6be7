/**
 * One exchange with the workspace: sent, watched for silence, cancelled when the caller leaves.
 *
 * @module
 */

import { describeError } from "../support/errors.ts";
import { concat } from "./concat.ts";
import { Exchange, type ExchangeEnd } from "./exchange.ts";
import type { HeaderList } from "./headers.ts";
import { type HeaderView, ReadHeaders } from "./read_headers.ts";
import { Refusal } from "./refusal.ts";
import type { Watchdog } from "./watchdog.ts";

/** What is sent. */
export interface UpstreamRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: HeaderList;
  /** `null` with GET. */
  readonly body: Uint8Array<ArrayBuffer> | null;
  /** Fires when the caller leaves. */
  readonly signal: AbortSignal;
  /** Told exactly once that nothing of the exchange is in flight any more, answered or not. */
  readonly onEnd: (end: ExchangeEnd) => void;
}

/** What came back. Whoever holds it either reads the body or calls `drop()`. */
export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: HeaderView;
  /**
   * The body under watch, in one piece if it is short; `null` if there is none.
   *
   * @throws {Refusal} if it breaks off before anything of it was given away.
   */
  body(): Promise<ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | null>;
  /** The next piece of the body, `null` after the last one. It is not for whoever takes `body`. */
  next(): Promise<Uint8Array<ArrayBuffer> | null>;
  /**
   * The whole body without giving it away; `null` if it is longer than `maxBytes`.
   *
   * @throws {Refusal} if it breaks off.
   */
  peek(maxBytes: number): Promise<Uint8Array<ArrayBuffer> | null>;
  /** Gives the answer up. Does nothing to one that has ended. */
  drop(): void;
  /** The caller has no more use for it. */
  leave(): void;
}

/** Sends one request. Its host is configuration's; a redirect is never followed. */
export type SendUpstream = (request: UpstreamRequest) => Promise<UpstreamAnswer>;

/** Bodies up to here are passed on in one piece: half a JSON text is of no use to anybody. */
const SHORT_BYTES = 65_536;

/** Makes the one function that talks to the workspace. It throws a {@link Refusal}. */
export function createUpstream(
  options: { fetch: typeof fetch; client: () => Deno.HttpClient; watchdog: Watchdog },
): SendUpstream {
  const { fetch, watchdog } = options;
  return async (request) => {
    const exchange = new Exchange(request.signal, { watchdog, onEnd: request.onEnd });
    try {
      const { method, url, headers, body } = request;
      const { signal } = exchange;
      const client = options.client();
      const init = { method, headers, body, signal, redirect: "manual" as const, client };
      return new Answer(await exchange.waitFor(fetch(url, init)), exchange);
    } catch (error) {
      const sentence = "Cannot reach the workspace (check the network and DATABRICKS_HOST)";
      throw refusalFor(exchange.end("broken"), { sentence, cause: error });
    }
  };
}

class Answer implements UpstreamAnswer {
  readonly headers: HeaderView;
  readonly #response: Response;
  readonly #exchange: Exchange;
  readonly #peeked: Uint8Array<ArrayBuffer>[] = [];
  #whole: Uint8Array<ArrayBuffer> | null = null;
  #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | null = null;

  constructor(response: Response, exchange: Exchange) {
    this.headers = new ReadHeaders(response.headers);
    this.#response = response;
    this.#exchange = exchange;
    if (response.body === null) exchange.end("done");
  }

  get status(): number {
    return this.#response.status;
  }

  async body(): Promise<ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | null> {
    if (this.#response.body === null) return null;
    if (this.#isShort()) return await this.#readWhole();
    return new ReadableStream<Uint8Array>({
      pull: (controller) => this.#pull(controller),
      cancel: () => this.leave(),
    }, { highWaterMark: 0 });
  }

  async peek(maxBytes: number): Promise<Uint8Array<ArrayBuffer> | null> {
    if (this.#isShort()) {
      const bytes = await this.#readWhole();
      return bytes.byteLength > maxBytes ? null : bytes;
    }
    let size = this.#peeked.reduce((sum, chunk) => sum + chunk.byteLength, 0);
    if (size > maxBytes) return null;
    for (let chunk = await this.#read(); chunk !== null; chunk = await this.#read()) {
      this.#peeked.push(chunk);
      size += chunk.byteLength;
      if (size > maxBytes) return null;
    }
    return concat(this.#peeked, size);
  }

  async next(): Promise<Uint8Array<ArrayBuffer> | null> {
    return this.#peeked.shift() ?? await this.#read();
  }

  drop(): void {
    this.#exchange.end("dropped");
  }

  leave(): void {
    this.#exchange.end("left");
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    try {
      const chunk = await this.next();
      if (chunk === null) controller.close();
      else controller.enqueue(chunk);
    } catch (error) {
      // Never a clean end: an aborted connection is retried by the agents.
      controller.error(error);
    }
  }

  /** Whether it is read in one piece, which costs half of what reading it by chunks does. */
  #isShort(): boolean {
    if (this.#whole !== null) return true;
    return this.#response.body !== null && this.#reader === null && isShort(this.headers);
  }

  async #readWhole(): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#whole !== null) return this.#whole;
    try {
      this.#whole = await this.#exchange.waitFor(this.#response.bytes());
      this.#exchange.end("done");
      return this.#whole;
    } catch (error) {
      throw brokenOff(this.#exchange.end("broken"), error);
    }
  }

  /** The next chunk, `null` after the last one. */
  async #read(): Promise<Uint8Array<ArrayBuffer> | null> {
    this.#reader ??= this.#response.body?.getReader() ?? null;
    if (this.#reader === null) return null;
    try {
      const chunk = await this.#exchange.waitFor(this.#reader.read());
      if (!chunk.done) return chunk.value;
      this.#exchange.end("done");
      return null;
    } catch (error) {
      throw brokenOff(this.#exchange.end("broken"), error);
    }
  }
}

function brokenOff(end: ExchangeEnd, cause: unknown): Refusal {
  return refusalFor(end, { sentence: "The workspace broke off its answer (try again)", cause });
}

function isShort(headers: HeaderView): boolean {
  const length = headers.get("content-length");
  if (length === null || Number(length) > SHORT_BYTES) return false;
  return headers.get("content-type")?.startsWith("text/event-stream") !== true;
}

function refusalFor(
  end: ExchangeEnd,
  { sentence, cause }: { sentence: string; cause: unknown },
): Refusal {
  if (end === "silent") {
    const message = "The workspace did not answer in time (PROXY_IDLE_TIMEOUT); try again";
    return new Refusal(504, "upstream", message, { cause });
  }
  return new Refusal(502, "upstream", `${sentence}: ${reasonOf(cause)}`, { cause });
}

/** `fetch` only says that it failed; its cause says why, after addresses that help nobody. */
function reasonOf(error: unknown): string {
  const text = describeError(error instanceof Error ? error.cause ?? error : error);
  return /client error \(\w+\): (.+)$/s.exec(text)?.[1] ?? text;
}

/**
 * How long this process takes for what a service does: a request over loopback and the durable
 * write of a file. Where that is long, a service is late by itself, whatever it does.
 *
 * @module
 */

import { replaceFile } from "../../../support/replace_file.ts";

const BEAT_MS = 100;

/** One beat: from when to when, by `performance.now()`. */
interface Beat {
  readonly from: number;
  readonly to: number;
}

/** Takes the pulse. */
export class Pulse implements AsyncDisposable {
  readonly #file: string;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  readonly #stop = new AbortController();
  readonly #beats: Beat[] = [];
  readonly #beating: Promise<void>;
  #begunAt = performance.now();

  private constructor(folder: string) {
    this.#file = `${folder}/pulse`;
    const answer = () => new Response("ok");
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
    this.#beating = this.#beat();
  }

  /** Begins. */
  static async take(): Promise<Pulse> {
    return new Pulse(await Deno.makeTempDir());
  }

  /** The longest beat that was under way since then, in ms. */
  worstSince(from: number): number {
    const now = { from: this.#begunAt, to: performance.now() };
    const lengths = [...this.#beats, now].filter(({ to }) => to >= from)
      .map((beat) => beat.to - beat.from);
    return Math.max(0, ...lengths);
  }

  /** Resolves once no beat of the last half second took longer, or `patienceMs` have passed. */
  async calm(mostMs: number, { patienceMs }: { readonly patienceMs: number }): Promise<void> {
    const giveUpAt = performance.now() + patienceMs;
    while (performance.now() < giveUpAt && this.worstSince(performance.now() - 500) > mostMs) {
      await new Promise((resolve) => setTimeout(resolve, BEAT_MS));
    }
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#beating;
    await this.#server.shutdown();
    this.#client.close();
    await Deno.remove(this.#file.replace(/\/pulse$/, ""), { recursive: true });
  }

  async #beat(): Promise<void> {
    const url = `http://127.0.0.1:${this.#server.addr.port}`;
    while (!this.#stop.signal.aborted) {
      this.#begunAt = performance.now();
      const response = await fetch(url, { client: this.#client });
      await response.text();
      await replaceFile(this.#file, "beat\n");
      this.#beats.push({ from: this.#begunAt, to: performance.now() });
      await new Promise((resolve) => setTimeout(resolve, BEAT_MS));
    }
  }
}

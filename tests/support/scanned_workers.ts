/**
 * The service's real workers, whose heaps can be looked through: a snapshot of V8, which collects
 * all that nobody holds before it is taken.
 *
 * @module
 */

import { workerPermissions } from "../../supervisor/grants.ts";
import type { Spawn } from "../../supervisor/spawn.ts";

const scanned = (entry: string) =>
  `import v8 from "node:v8";
import ${JSON.stringify(entry)};
const receive = self.onmessage;
self.onmessage = async (event) => {
  if (event.data.type !== "scan") return receive.call(self, event);
  const found = new Set();
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of v8.getHeapSnapshot()) {
    const text = rest + (typeof chunk === "string" ? chunk : decoder.decode(chunk));
    for (const [token] of text.matchAll(/dapi[0-9a-f]{32}/g)) found.add(token);
    rest = text.slice(-64);
  }
  self.postMessage({ type: "scanned", tokens: [...found] });
};`;

/** Workers by the isolate's name. */
export class ScannedWorkers implements AsyncDisposable {
  readonly #folder: string;
  readonly #workers = new Map<string, Worker>();
  #onScanned: (tokens: readonly string[]) => void = () => {};

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Writes the scripts. */
  static async open(): Promise<ScannedWorkers> {
    const folder = await Deno.makeTempDir();
    for (const room of ["proxy", "rotator"] as const) {
      const entry = new URL(`../../${room}/worker.ts`, import.meta.url).href;
      await Deno.writeTextFile(`${folder}/${room}.js`, scanned(entry));
    }
    return new ScannedWorkers(folder);
  }

  /** For `startService`. */
  readonly spawn: Spawn = (room, { name, grants }) => {
    const url = new URL(`file://${this.#folder}/${room}.js`);
    const permissions = workerPermissions(grants);
    const worker = new Worker(url, { type: "module", name, deno: { permissions } });
    worker.addEventListener("message", (event) => {
      if (event.data?.type !== "scanned") return;
      // It is none of the supervisor's messages.
      event.stopImmediatePropagation();
      this.#onScanned(event.data.tokens);
    });
    this.#workers.set(name, worker);
    return worker;
  };

  /** The tokens that an isolate holds in whatever text. */
  async tokensIn(name: string): Promise<ReadonlySet<string>> {
    const worker = this.#workers.get(name);
    if (worker === undefined) throw new TypeError(`There is no isolate "${name}"`);
    const { promise, resolve } = Promise.withResolvers<ReadonlySet<string>>();
    this.#onScanned = (tokens) => resolve(new Set(tokens));
    worker.postMessage({ type: "scan" });
    return await promise;
  }

  /** Removes the scripts. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}

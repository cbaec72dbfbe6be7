/**
 * The service's real workers, made to die when a test says so. The product knows nothing of it:
 * each is wrapped in a script of the test's own.
 *
 * @module
 */

import { workerPermissions } from "../../supervisor/grants.ts";
import type { Spawn } from "../../supervisor/spawn.ts";

const wrapped = (entry: string) =>
  `import ${JSON.stringify(entry)};
const receive = self.onmessage;
self.onmessage = (event) => {
  if (event.data.type === "die") throw new Error("killed by the test");
  return receive.call(self, event);
};`;

/** Workers by the isolate's name, oldest first. */
export class MortalWorkers implements AsyncDisposable {
  readonly #folder: string;
  readonly #started = new Map<string, Worker[]>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** `scripts` replaces a room's worker by a script of the test's own. */
  static async open(
    scripts: Partial<Record<"proxy" | "rotator", string>> = {},
  ): Promise<MortalWorkers> {
    const folder = await Deno.makeTempDir();
    for (const room of ["proxy", "rotator"] as const) {
      const entry = new URL(`../../${room}/worker.ts`, import.meta.url).href;
      await Deno.writeTextFile(`${folder}/${room}.js`, scripts[room] ?? wrapped(entry));
    }
    return new MortalWorkers(folder);
  }

  /** For `startService`. */
  readonly spawn: Spawn = (room, { name, grants }) => {
    const url = new URL(`file://${this.#folder}/${room}.js`);
    const permissions = workerPermissions(grants);
    const worker = new Worker(url, { type: "module", name, deno: { permissions } });
    this.#started.set(name, [...this.#started.get(name) ?? [], worker]);
    return worker;
  };

  /** How often an isolate was started. */
  starts(name: string): number {
    return this.#started.get(name)?.length ?? 0;
  }

  /** Has the newest worker of an isolate throw. */
  kill(name: string): void {
    this.#started.get(name)?.at(-1)?.postMessage({ type: "die" });
  }

  /** Removes the scripts. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}

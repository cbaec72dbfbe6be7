/**
 * The service's real workers with hostile code in them, under the permissions that the supervisor
 * gives them. What the code could do is heard here; the service knows nothing of it.
 *
 * @module
 */

import { workerPermissions } from "../../supervisor/grants.ts";
import type { Spawn } from "../../supervisor/spawn.ts";

/** What became of each thing that hostile code tried: "done", or the name of the refusal. */
export type Deeds = Readonly<Record<string, string>>;

/** Things to try, as an expression each; `await` is allowed. */
export type Attempts = Readonly<Record<string, string>>;

const ENTRIES = {
  proxy: new URL("../../proxy/worker.ts", import.meta.url).href,
  rotator: new URL("../../rotator/worker.ts", import.meta.url).href,
};
const TABLE = new URL("../../proxy/repairs/table.ts", import.meta.url).href;

/** Where the code sits: in the isolate's entry, or in a repair that a request goes through. */
export interface Plant {
  readonly room: "proxy" | "rotator";
  readonly in: "entry" | "repair";
  readonly attempts: Attempts;
}

/** A spawner that plants, and what it heard. */
export class HostileWorkers implements AsyncDisposable {
  /** The first report. */
  readonly deeds: Promise<Deeds>;
  readonly #plant: Plant;
  readonly #folder: string;
  readonly #told = Promise.withResolvers<Deeds>();

  private constructor(plant: Plant, folder: string) {
    this.#plant = plant;
    this.#folder = folder;
    this.deeds = this.#told.promise;
  }

  /** Writes the scripts. */
  static async open(plant: Plant): Promise<HostileWorkers> {
    const folder = await Deno.makeTempDir();
    for (const room of ["proxy", "rotator"] as const) {
      const script = room === plant.room
        ? planted(plant)
        : `import ${JSON.stringify(ENTRIES[room])};`;
      await Deno.writeTextFile(`${folder}/${room}.js`, script);
    }
    return new HostileWorkers(plant, folder);
  }

  /** For `startService`. */
  readonly spawn: Spawn = (room, { name, grants }) => {
    const url = new URL(`file://${this.#folder}/${room}.js`);
    const permissions = workerPermissions(grants);
    const worker = new Worker(url, { type: "module", name, deno: { permissions } });
    if (room === this.#plant.room) {
      worker.addEventListener("message", (event) => {
        if (event.data?.type !== "deeds") return;
        event.stopImmediatePropagation();
        this.#told.resolve(event.data.deeds);
      });
    }
    return worker;
  };

  /** Removes the scripts. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}

function planted({ room, in: place, attempts }: Plant): string {
  const tries = Object.entries(attempts).map(([name, code]) =>
    `deeds[${JSON.stringify(name)}] = await (async () => { ${code}; return "done"; })()` +
    `.catch((error) => error.name === "NotCapable" || /Requires \\w+ access/.test(error.message) ? "NotCapable" : String(error));`
  );
  const run = `const attempt = async () => {
    const deeds = {};
    ${tries.join("\n    ")}
    self.postMessage({ type: "deeds", deeds });
  };`;
  return place === "entry"
    ? `import ${JSON.stringify(ENTRIES[room])};\n${run}\nattempt();`
    : `import ${JSON.stringify(ENTRIES[room])};
import { REQUEST_REPAIRS } from ${JSON.stringify(TABLE)};
${run}
let isDone = false;
for (const repair of REQUEST_REPAIRS) {
  const serves = repair.serves;
  repair.serves = function (...args) {
    if (!isDone) attempt();
    isDone = true;
    return serves.apply(this, args);
  };
}`;
}

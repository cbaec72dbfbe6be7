/**
 * The real service, started by a script of the tests, whose wall clock can be shifted while it
 * runs. (The clock that only rises is left alone: it stands still while a machine sleeps.)
 *
 *     deno run -A tests/support/shifted_service.ts <file>
 *
 * At SIGUSR2 all of its isolates shift their clocks by the number of ms in the file, and it prints
 * `shifted`. Its settings come from the environment.
 *
 * @module
 */

import { boot } from "../../supervisor/boot.ts";
import { workerPermissions } from "../../supervisor/grants.ts";
import { startService } from "../../supervisor/serve.ts";
import type { Spawn } from "../../supervisor/spawn.ts";
import { printOut } from "../../support/log.ts";

const [file = ""] = Deno.args;

/** Runs in each worker around the real one; what comes before that is there must not be lost. */
const wrapped = (entry: string) =>
  `const early = [];
self.onmessage = (event) => early.push(event);
let shiftMs = 0;
const realNow = Date.now;
Date.now = () => realNow() + shiftMs;
await import(${JSON.stringify(entry)});
const receive = self.onmessage;
self.onmessage = (event) => {
  if (event.data.type !== "shift") return receive.call(self, event);
  shiftMs += event.data.byMs;
  self.postMessage({ type: "shifted" });
};
for (const event of early) self.onmessage(event);
`;

const folder = await Deno.makeTempDir();
for (const room of ["proxy", "rotator"]) {
  const entry = new URL(`../../${room}/worker.ts`, import.meta.url).href;
  await Deno.writeTextFile(`${folder}/${room}.js`, wrapped(entry));
}

const workers = new Set<Worker>();
const waiting = new Set<Worker>();
const spawn: Spawn = (room, { name, grants }) => {
  const permissions = workerPermissions(grants);
  const url = new URL(`file://${folder}/${room}.js`);
  const worker = new Worker(url, { type: "module", name, deno: { permissions } });
  workers.add(worker);
  worker.addEventListener("message", (event) => {
    if (event.data?.type !== "shifted") return;
    // It is none of the supervisor's messages.
    event.stopImmediatePropagation();
    waiting.delete(worker);
    if (waiting.size === 0) printOut("shifted\n");
  });
  return worker;
};

Deno.addSignalListener("SIGUSR2", () => {
  const byMs = Number(Deno.readTextFileSync(file));
  for (const worker of workers) {
    waiting.add(worker);
    worker.postMessage({ type: "shift", byMs });
  }
});

const booted = await boot(Deno.env.toObject());
const log = { level: "warn", format: "json", color: "plain" } as const;
const service = await startService(booted, { log, hostName: "host", spawn });
printOut(`Keyturn serves on http://127.0.0.1:${service.port} for ${booted.workspaceHost}\n`);

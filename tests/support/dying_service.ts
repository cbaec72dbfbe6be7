/**
 * The real service, started by a script of the tests, that dies by SIGKILL at one moment: just
 * before the Nth thing that its rotator does to a file or asks of the workspace. (What it leaves
 * just after a thing is what it leaves before the next.)
 *
 *     deno run -A tests/support/dying_service.ts <moment>
 *
 * Its settings come from the environment. It prints what it was about to do when it died; where
 * there are fewer moments than that, it ends by itself with exit code 0 once all is quiet.
 *
 * @module
 */

import { boot } from "../../supervisor/boot.ts";
import { startService } from "../../supervisor/serve.ts";
import { type Spawn, spawnWorker } from "../../supervisor/spawn.ts";
import { workerPermissions } from "../../supervisor/grants.ts";

const moment = Number(Deno.args[0]);
/** So long must nothing happen until all that a start leads to has happened. */
const QUIET_MS = 400;
const entry = new URL("../../rotator/worker.ts", import.meta.url).href;

// Runs in the rotator's worker before the rotator: it may not kill, so it says when, and waits.
const script = `
let count = 0;
const at = (what) => {
  count++;
  self.postMessage({ type: "moment", count, what });
  if (count !== ${moment}) return;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
};
const around = (object, name, label = name) => {
  const real = object[name];
  object[name] = function (...args) {
    const what = typeof label === "string" ? label : label(...args);
    if (what === null) return real.apply(this, args);
    at(what);
    return real.apply(this, args);
  };
};
const base = (path) => String(path).split("/").at(-1);
for (const name of ["rename", "chmod", "remove"]) around(Deno, name, (path) => name + " " + base(path));
around(Deno, "open", (path, options) => options?.write ? "open " + base(path) : null);
for (const name of ["write", "sync", "truncate"]) around(Deno.FsFile.prototype, name);
around(globalThis, "fetch", (url) => new URL(url).pathname);
await import(${JSON.stringify(entry)});
`;

// What comes before the rotator is there must not be lost.
const wrapped = `
const early = [];
self.onmessage = (event) => early.push(event);
${script}
for (const event of early) self.onmessage(event);
`;

const folder = await Deno.makeTempDir();
await Deno.writeTextFile(`${folder}/rotator.js`, wrapped);
let quiet = setTimeout(() => {}, 0);
const spawn: Spawn = (room, options) => {
  if (room !== "rotator") return spawnWorker(room, options);
  const permissions = workerPermissions(options.grants);
  const url = new URL(`file://${folder}/rotator.js`);
  const worker = new Worker(url, { type: "module", name: "rotator", deno: { permissions } });
  worker.addEventListener("message", (event) => {
    const { data } = event;
    if (data?.type !== "moment") return;
    // It is none of the supervisor's messages.
    event.stopImmediatePropagation();
    clearTimeout(quiet);
    if (data.count === moment) {
      Deno.stdout.writeSync(new TextEncoder().encode(`died before ${data.what}\n`));
      Deno.removeSync(folder, { recursive: true });
      Deno.kill(Deno.pid, "SIGKILL");
    }
    quiet = setTimeout(() => {
      Deno.removeSync(folder, { recursive: true });
      Deno.stdout.writeSync(new TextEncoder().encode(`survived ${data.count} moments\n`));
      Deno.kill(Deno.pid, "SIGKILL");
    }, QUIET_MS);
  });
  return worker;
};

const booted = await boot(Deno.env.toObject());
const log = { level: "error", format: "json", color: "plain" } as const;
await startService(booted, { log, hostName: "host", spawn });

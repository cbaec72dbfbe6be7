/**
 * A process with the permissions of `serve`: runs the fan-out in a worker that has those of the
 * rotator, and prints the report.
 *
 *     deno run -P=serve --allow-read=… --allow-write=… fanout_process.ts <home>
 *
 * @module
 */

import { parseSettings } from "../../settings.ts";
import { grantsInputOf } from "../../supervisor/boot.ts";
import { grantsForServe, workerPermissions } from "../../supervisor/grants.ts";

const settings = parseSettings({ HOME: Deno.args[0] }, null);
const { rotator } = grantsForServe(await grantsInputOf(settings, null));
const worker = new Worker(new URL("./fanout_worker.ts", import.meta.url), {
  type: "module",
  deno: { permissions: workerPermissions(rotator) },
});
const { promise, resolve, reject } = Promise.withResolvers<unknown>();
worker.onmessage = ({ data }) => resolve(data);
worker.onerror = ({ message }) => reject(new Error(message));
worker.postMessage(settings.agentFiles);
const report = JSON.stringify(await promise);
worker.terminate();
await new Blob([report]).stream().pipeTo(Deno.stdout.writable);

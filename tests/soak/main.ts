/**
 * A long day in short: the real `serve`, six agents, and all that goes wrong around them. Ends with
 * 1 if a request failed that had a right to succeed, memory grew, or files stayed open.
 *
 *     deno task soak [--minutes N] [--seed S]
 *
 * @module
 */

import { parseArgs } from "node:util";
import { startWorkspace } from "../../demo/workspace.ts";
import { printOut } from "../../support/log.ts";
import { rollDice } from "../support/chaos/dice.ts";
import { makeHome, ServeProcess } from "../support/serve_process.ts";
import { Agents } from "./agents.ts";
import { judge, renderSummary } from "./judge.ts";
import { Troubles } from "./troubles.ts";
import { lookAt, VitalsWatch } from "./vitals.ts";

/** Short lives, so that a few minutes hold many rotations. */
const ENV = {
  PAT_TOKEN_LIFETIME: "60",
  PAT_ROTATION_INTERVAL: "15",
  PAT_SPARE_LIFETIME: "120",
  PAT_DRAIN_TIMEOUT: "10",
  LOG_LEVEL: "warn",
  LOG_FORMAT: "json",
};
const WARM_UP_MS = 150_000;
/** What callers left is closed by then. */
const REST_MS = 15_000;

const { values } = parseArgs({
  args: Deno.args.filter((arg) => arg !== "--"),
  options: { minutes: { type: "string", default: "10" }, seed: { type: "string" } },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]);
if (!(minutes > 0)) throw new RangeError(`--minutes is a number above 0, not "${values.minutes}"`);

await using workspace = startWorkspace();
await using home = await makeHome(workspace);
await using serve = await ServeProcess.start({ home: home.folder, env: ENV });
const keyOf = (name: string) => serve.key(name);
await (await serve.chat("first")).text();
const atRest = await lookAt(serve.pid, 0);

const watch = new VitalsWatch(serve.pid);
const dice = rollDice(seed);
const warmUpMs = Math.min(WARM_UP_MS, minutes * 60_000 / 4);
const agents = new Agents({ origin: serve.origin, keyOf, random: dice, warmUpMs });
const status = () => serve.status();
const troubles = new Troubles({ workspace, origin: serve.origin, keyOf, status, dice });
const over = new Promise<null>((resolve) => setTimeout(resolve, minutes * 60_000, null));
const died = await Promise.race([over, serve.end]);
watch.stop();
if (died !== null) {
  const last = serve.stderr.trimEnd().split("\n").slice(-20).join("\n");
  printOut(`serve ended after ${watch.looks.length} s: ${JSON.stringify(died)}\n${last}\n`);
  Deno.exit(1);
}
await Promise.all([agents.stop(), troubles.stop()]);

await new Promise((resolve) => setTimeout(resolve, REST_MS));
const afterwards = await lookAt(serve.pid, 0);
const { credential, requests } = await serve.status();
const verdict = judge({
  minutes,
  looks: watch.looks,
  atRest,
  afterwards,
  tallies: agents.tallies,
  troubles,
});
const counts = { seed, rotations: credential.rotations, rescues: requests.rescues };
printOut(`${renderSummary({ ...verdict, ...counts })}\n`);
if (verdict.problems.length > 0) Deno.exitCode = 1;

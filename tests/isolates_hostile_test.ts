/**
 * Hostile code in each isolate of a running service: whatever it tries beyond its isolate's own
 * work is refused, while the process itself may do anything.
 */

import assert from "node:assert/strict";
import { startWorkspace } from "../demo/workspace.ts";
import { boot } from "../supervisor/boot.ts";
import { startService } from "../supervisor/serve.ts";
import { readKeys } from "../support/keys_file.ts";
import {
  type Attempts,
  type Deeds,
  HostileWorkers,
  type Plant,
} from "./support/hostile_workers.ts";
import { type Home, makeHome } from "./support/serve_process.ts";

const LOG = { level: "error", format: "json", color: "plain" } as const;

/** What nothing in this service ever has to do. */
const CRIMES: Attempts = {
  "read /etc/passwd": `await Deno.readTextFile("/etc/passwd")`,
  "read its own code": `await Deno.readTextFile(new URL(import.meta.url))`,
  "read the memory": `await Deno.readTextFile("/proc/self/maps")`,
  "write into /tmp": `await Deno.writeTextFile("/tmp/keyturn-hostile", "")`,
  "listen on any port": `Deno.listen({ hostname: "127.0.0.1", port: 1 }).close()`,
  "listen for all": `Deno.listen({ hostname: "0.0.0.0", port: 4001 }).close()`,
  "call home": `await fetch("http://127.0.0.1:8099/", { method: "POST", body: "x" })`,
  "ask the metadata service": `await fetch("http://169.254.169.254/latest/meta-data/")`,
  "connect to a socket": `(await Deno.connect({ transport: "unix", path: "/run/x.sock" })).close()`,
  "resolve a name": `await Deno.resolveDns("x.example", "A")`,
  "run a shell": `await new Deno.Command("/bin/sh", { args: ["-c", "true"] }).output()`,
  "kill another process": `Deno.kill(1, "SIGCONT")`,
  "read the environment": `Deno.env.get("HOME")`,
  "read all of the environment": `Deno.env.toObject()`,
  "load a library": `Deno.dlopen("libc.so.6", {})`,
  "read the host name": `Deno.hostname()`,
  // Put together, since what can be read off a text is loaded with it, by the process.
  "load code from elsewhere": `await import(["http:", "//127.0.0.1:8099/x.js"].join(""))`,
  "start a wider worker":
    `new Worker("data:text/javascript,", { type: "module", deno: { permissions: { read: true } } })`,
};

const ownCrimes = (home: Home): Readonly<Record<Plant["room"], Attempts>> => ({
  proxy: {
    ...CRIMES,
    "write the profile": `await Deno.writeTextFile("${home.profileFile}", "")`,
    "write the keys": `await Deno.writeTextFile("${home.folder}/.config/keyturn/keys.json", "")`,
    "read the journal":
      `await Deno.readTextFile("${home.folder}/.local/state/keyturn/journal.json")`,
    "read an agent's file": `await Deno.readTextFile("${home.folder}/.claude/settings.json")`,
  },
  rotator: {
    ...CRIMES,
    "read the keys": `await Deno.readTextFile("${home.folder}/.config/keyturn/keys.json")`,
    "write the keys": `await Deno.writeTextFile("${home.folder}/.config/keyturn/keys.json", "")`,
    "write beside the profile": `await Deno.writeTextFile("${home.profileFile}.evil", "")`,
    "listen": `Deno.serve({ hostname: "127.0.0.1", port: 0 }, () => new Response())`,
  },
});

for (
  const [what, plant] of [
    ["a repair", { room: "proxy", in: "repair" }],
    ["the proxy", { room: "proxy", in: "entry" }],
    ["the rotator", { room: "rotator", in: "entry" }],
  ] as const
) {
  Deno.test(`hostile code in ${what} is refused everything but its isolate's own`, async () => {
    const deeds = await deedsOf(plant);
    const { "read its own": own, ...crimes } = deeds;
    assert.equal(own, "done", "it runs, and in the isolate that is meant");
    assert(Object.keys(crimes).length >= 22);
    assert.deepEqual(Object.entries(crimes).filter(([, end]) => end !== "NotCapable"), []);
  });
}

/** What hostile code could do in a service that works meanwhile. */
async function deedsOf(plant: Pick<Plant, "room" | "in">): Promise<Deeds> {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  const attempts = {
    ...ownCrimes(home)[plant.room],
    "read its own": `await Deno.readTextFile("${home.profileFile}")`,
  };
  await using workers = await HostileWorkers.open({ ...plant, attempts });
  const env = { HOME: home.folder, PROXY_PORT: "0", PAT_SPARE_LIFETIME: "0" };
  const options = { log: LOG, hostName: "host", spawn: workers.spawn };
  const service = await startService(await boot(env), options);
  try {
    const keys = await readKeys(`${home.folder}/.config/keyturn/keys.json`);
    const response = await fetch(`http://127.0.0.1:${service.port}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${keys?.agents.get("pi")?.reveal()}`, connection: "close" },
      body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "hi" }] }),
    });
    assert.equal(response.status, 200, await response.text());
    return await workers.deeds;
  } finally {
    await service.stop();
  }
}

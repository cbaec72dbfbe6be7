/**
 * Least privilege as a promise: what each isolate may touch is written down here once more, and
 * whoever widens it has to widen it here too, in sight.
 */

import assert from "node:assert/strict";
import {
  grantsForDemo,
  grantsForServe,
  type GrantsInput,
  workerPermissions,
} from "../supervisor/grants.ts";
import { COMMAND_ENVIRONMENT, SETTING_NAMES, YAML_DEBUG_NAMES } from "../settings.ts";
import { setupEnvironment } from "../setup/command.ts";

const input: GrantsInput = {
  listen: { hostname: "127.0.0.1", port: 4000 },
  socketPath: null,
  workspaceHost: "https://adb-1.azuredatabricks.net",
  upstreams: ["https://1.ai-gateway.cloud.databricks.com"],
  source: { kind: "pat" },
  hostFrom: "profile",
  profileFile: "/home/me/.databrickscfg",
  lockFiles: ["/home/me/.databrickscfg.DEFAULT.keyturn.lock"],
  profileTarget: "/home/me/dotfiles/databrickscfg",
  configFolder: "/home/me/.config/keyturn",
  stateFolder: "/home/me/.local/state/keyturn",
  agentFiles: [
    { path: "/home/me/.claude/settings.json", target: "/home/me/.claude/settings.json" },
    { path: "/home/me/.codex/.env", target: "/home/me/dotfiles/codex.env" },
  ],
};
const grants = grantsForServe(input);

Deno.test("the proxy listens, reaches the workspace and reads two files, nothing else", () => {
  assert.deepEqual(workerPermissions(grants.proxy), {
    net: [
      "127.0.0.1:4000",
      "adb-1.azuredatabricks.net:443",
      "1.ai-gateway.cloud.databricks.com:443",
    ],
    read: ["/home/me/.databrickscfg", "/home/me/.config/keyturn/keys.json"],
    write: [],
    env: false,
    run: false,
    ffi: false,
    sys: false,
    import: false,
  });
});

Deno.test("the proxy gets its unix socket, and nothing beside it", () => {
  const socketPath = "/run/user/1/keyturn.sock";
  const { proxy, rotator } = grantsForServe({ ...input, socketPath });
  assert(proxy.net.includes(`unix:${socketPath}`));
  assert.deepEqual(proxy.write, [socketPath]);
  assert(!rotator.read.includes(socketPath));
});

Deno.test("the rotator reaches the workspace and writes its own files and the agents' that can hold a token, nothing else", () => {
  const files = [
    "/home/me/.databrickscfg",
    "/home/me/dotfiles/databrickscfg",
    "/home/me/dotfiles/databrickscfg.tmp",
    "/home/me/.local/state/keyturn/journal.json",
    "/home/me/.local/state/keyturn/journal.json.tmp",
    "/home/me/.databrickscfg.DEFAULT.keyturn.lock",
    "/home/me/.claude/settings.json",
    "/home/me/.claude/settings.json.tmp",
    "/home/me/.codex/.env",
    "/home/me/dotfiles/codex.env",
    "/home/me/dotfiles/codex.env.tmp",
  ];
  assert.deepEqual(workerPermissions(grants.rotator), {
    net: ["adb-1.azuredatabricks.net:443"],
    read: files,
    write: files,
    env: false,
    run: false,
    ffi: false,
    sys: false,
    import: false,
  });
});

Deno.test("the demo's isolate has a door of its own and the way to the proxy", () => {
  assert.deepEqual(workerPermissions(grantsForDemo(4000)), {
    net: ["127.0.0.1:0", "127.0.0.1:4000"],
    read: [],
    write: [],
    env: false,
    run: false,
    ffi: false,
    sys: false,
    import: false,
  });
});

Deno.test("no worker is started but by these grants", async () => {
  const root = new URL("..", import.meta.url);
  const found: string[] = [];
  const visit = async (folder: URL, path: string) => {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory && !/^(\.|tests$|bench$|node_modules$)/.test(name)) {
        await visit(new URL(`${name}/`, folder), `${path}${name}/`);
      }
      if (!name.endsWith(".ts") || name.endsWith("_test.ts")) continue;
      const code = await Deno.readTextFile(new URL(name, folder));
      const starts = code.match(/\bnew Worker\(/g)?.length ?? 0;
      const granted = code.match(/permissions: workerPermissions\(/g)?.length ?? 0;
      if (starts > 0) found.push(`${path}${name}: ${starts}, ${granted}`);
    }
  };
  await visit(root, "");
  assert.deepEqual(found.sort(), ["supervisor/demo_isolate.ts: 1, 1", "supervisor/spawn.ts: 1, 1"]);
});

Deno.test("the process holds the union of its isolates and its own two folders", () => {
  const { supervisor, proxy, rotator } = grants;
  const own = ["/home/me/.config/keyturn", "/home/me/.local/state/keyturn"];
  for (const kind of ["read", "write"] as const) {
    const wanted = new Set([...proxy[kind], ...rotator[kind], ...own]);
    assert.deepEqual(new Set(supervisor[kind]), wanted);
  }
  assert.deepEqual(new Set(supervisor.net), new Set([...proxy.net, ...rotator.net]));
  assert.deepEqual(supervisor.run, []);
});

const nothingElse = { env: false, ffi: false, sys: false, import: false };

for (
  const [what, source, run] of [
    ["an OAuth client", { kind: "oauth" }, []],
    ["a command", { kind: "command", executable: "/opt/tool" }, ["/opt/tool"]],
  ] as const
) {
  Deno.test(`with ${what} neither profile nor journal is touched, and nothing is written`, () => {
    const { proxy, rotator, supervisor } = grantsForServe({ ...input, source });
    assert.deepEqual(proxy.read, ["/home/me/.config/keyturn/keys.json"]);
    assert.deepEqual([proxy.write, proxy.run], [[], []]);
    assert.deepEqual(workerPermissions(rotator), {
      ...nothingElse,
      net: ["adb-1.azuredatabricks.net:443"],
      read: [],
      write: [],
      run: run.length === 0 ? false : run,
    });
    const own = ["/home/me/.config/keyturn"];
    assert.deepEqual(supervisor.write, own);
    assert.deepEqual(supervisor.run, run);
    // The host may stand in the profile, and the executable must be there.
    assert.deepEqual(
      new Set(supervisor.read),
      new Set([...proxy.read, input.profileFile, ...run, ...own]),
    );
    const without = grantsForServe({ ...input, source, hostFrom: "settings" }).supervisor.read;
    assert.deepEqual(new Set(without), new Set([...proxy.read, ...run, ...own]));
  });
}

Deno.test("the permission sets of deno.json name no more than the settings", async () => {
  const { permissions, tasks } = JSON.parse(
    await Deno.readTextFile(new URL("../deno.json", import.meta.url)),
  );
  const env = { allow: SETTING_NAMES, ignore: YAML_DEBUG_NAMES };
  const named = new Set([...SETTING_NAMES, ...setupEnvironment]);
  const withAgents = { ...env, allow: [...named].sort() };
  assert.deepEqual(permissions.serve, { env, sys: ["hostname"] });
  const forCommand = [...new Set([...SETTING_NAMES, ...COMMAND_ENVIRONMENT])].sort();
  const command = { env: { ...env, allow: forCommand }, sys: ["hostname"] };
  assert.deepEqual(permissions.command, command);
  assert.deepEqual(permissions.ask, { env });
  // Reads the file that a person names, and can send or keep nothing of it.
  assert.deepEqual(permissions.explain, { env, read: true });
  assert.equal(tasks.explain, "deno run -q --no-prompt -P=explain main.ts explain");
  assert.deepEqual(permissions.setup, { env: withAgents, sys: ["uid"] });
  const forGrants = { ...env, allow: [...SETTING_NAMES, "PATH", "TMPDIR"].sort() };
  const forDoctor = { ...env, allow: [...withAgents.allow, "PATH"].sort() };
  assert.deepEqual(permissions.doctor, { env: forDoctor, sys: ["uid"] });
  assert.deepEqual(permissions.grants, { env: forGrants, read: true });
  assert.deepEqual(permissions.demo, { env, net: ["127.0.0.1"] });
  // It cannot know a user's paths when it is built; what it may run nothing widens.
  const wide = { net: true, read: true, write: true };
  assert.deepEqual(permissions.binary, { env: forDoctor, sys: ["hostname", "uid"], ...wide });
  assert.match(tasks.compile, / -P=binary /);
  assert.doesNotMatch(tasks.compile, /-A\b|--allow-/);
  const sets = [
    "ask",
    "binary",
    "command",
    "demo",
    "doctor",
    "explain",
    "grants",
    "serve",
    "setup",
  ];
  assert.deepEqual(Object.keys(permissions).toSorted(), sets);
  // Everything else that `serve` may do stands in flags that are made of its own settings.
  for (const name of ["serve", "setup", "status", "rotate", "token", "keys", "doctor", "demo"]) {
    assert.match(tasks[name], /-P=\w+( --allow-(net|read|write)="\$\([^)]*\)")+ main\.ts/);
    assert.doesNotMatch(tasks[name], /-A\b|--allow-(all|run|ffi|env|sys)/);
  }
  // The one task that may run something differs from `serve` in nothing else.
  const run = ' --allow-run="$(deno run -q --no-prompt -P=grants permissions.ts run serve)"';
  assert.equal(
    tasks["serve:command"],
    tasks.serve.replace("-P=serve", "-P=command")
      .replace(" main.ts serve", `${run} main.ts serve:command`),
  );
});

Deno.test("on a terminal a task is refused what it may not have, and asks nobody for it", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(new URL("../deno.json", import.meta.url)));
  const calls = Object.values<string>(tasks).flatMap((line) =>
    line.match(/deno (run|compile) [^()]*/g) ?? []
  );
  const confined = calls.filter((call) => !/ -A\b/.test(call));
  assert(confined.length > 20);
  assert.deepEqual(confined.filter((call) => !/ --no-prompt /.test(call)), []);
});

Deno.test("no secret is among what a credential command gets of the environment", () => {
  const shown = /^(DATABRICKS_(HOST|CONFIG_FILE|CONFIG_PROFILE|AUTH_STORAGE))$/;
  const ours = COMMAND_ENVIRONMENT.filter((name) => SETTING_NAMES.includes(name));
  assert.deepEqual(
    ours.filter((name) => !shown.test(name) && name !== "HOME" && !name.startsWith("XDG_")),
    [],
  );
  assert.deepEqual(COMMAND_ENVIRONMENT.filter((name) => /TOKEN|SECRET|PASS|KEY/.test(name)), []);
});

Deno.test("a worker is refused what its grants do not name", async () => {
  const folder = await Deno.makeTempDir();
  const script = `${folder}/probe.js`;
  await Deno.writeTextFile(script, PROBE);
  await Deno.writeTextFile(`${folder}/allowed`, "");
  const permissions = workerPermissions({
    net: ["127.0.0.1:1"],
    read: [`${folder}/allowed`],
    write: [],
    run: ["/opt/tool"],
  });
  const worker = new Worker(new URL(`file://${script}`), { type: "module", deno: { permissions } });
  const { promise, resolve } = Promise.withResolvers<Record<string, string>>();
  worker.onmessage = ({ data }) => resolve(data);
  worker.postMessage(folder);
  const states = await promise;
  worker.terminate();
  await Deno.remove(folder, { recursive: true });
  const granted = Object.keys(states).filter((name) => states[name] === "granted");
  assert.deepEqual(granted.sort(), ["net of its own", "read of its own", "run its own"]);
});

const PROBE = `
self.onmessage = ({ data: folder }) => {
  const query = (descriptor) => Deno.permissions.querySync(descriptor).state;
  self.postMessage({
    "read of its own": query({ name: "read", path: folder + "/allowed" }),
    "read elsewhere": query({ name: "read", path: "/etc/passwd" }),
    "read anything": query({ name: "read" }),
    "write": query({ name: "write", path: folder + "/allowed" }),
    "net of its own": query({ name: "net", host: "127.0.0.1:1" }),
    "net elsewhere": query({ name: "net", host: "169.254.169.254" }),
    "net anything": query({ name: "net" }),
    "env": query({ name: "env" }),
    "run its own": query({ name: "run", command: "/opt/tool" }),
    "run something": query({ name: "run", command: "/bin/sh" }),
    "run anything": query({ name: "run" }),
    "ffi": query({ name: "ffi" }),
    "sys": query({ name: "sys" }),
  });
};
`;

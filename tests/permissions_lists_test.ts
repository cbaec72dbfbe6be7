/**
 * Each process and each isolate is started with what its row of the README's table says, to the
 * entry: whoever widens a list has to say so there.
 */

import assert from "node:assert/strict";
import { startWorkspace } from "../demo/workspace.ts";
import { SETTING_NAMES } from "../settings.ts";
import { setupEnvironment } from "../setup/command.ts";
import { grantsInputOf, readConfiguration } from "../supervisor/boot.ts";
import { grantsForDemo, grantsForServe, workerPermissions } from "../supervisor/grants.ts";
import { CODE } from "./support/audit/audited_home.ts";
import { ANY, claimsOf, least } from "./support/audit/claims.ts";
import { listed, openStage, placeOf, PORT, processClaims } from "./support/audit/lists_stage.ts";
import { rowOf, TABLE } from "./support/audit/permission_table.ts";
import { flagsOf } from "./support/audit/task_flags.ts";
import { runTask, startShell } from "./support/run_task.ts";
import { makeHome } from "./support/serve_process.ts";

/** Every task that runs the program, and its row. */
const ROWS = {
  serve: "serve",
  setup: "setup",
  doctor: "doctor",
  keys: "keys",
  status: "status rotate token",
  rotate: "status rotate token",
  token: "status rotate token",
  explain: "explain",
  demo: "demo",
} as const;

/** Beside the table. */
const SYS: Readonly<Record<string, readonly string[]>> = {
  serve: ["hostname"],
  setup: ["uid"],
  doctor: ["uid"],
};

Deno.test("a task is started with what its row says, and nothing else", async (t) => {
  await using stage = await openStage();
  for (const [task, row] of Object.entries(ROWS)) {
    await t.step(task, async () => {
      const flags = await flagsOf(task, stage);
      const others = { run: [], env: variablesOf(task).toSorted(), sys: SYS[task] ?? [] };
      assert.deepEqual(flags, { ...processClaims(row), ...others });
    });
  }
});

Deno.test("what a task is not started with has nothing in it that could be added", async () => {
  await using stage = await openStage();
  const { tasks } = JSON.parse(await Deno.readTextFile(`${CODE}/deno.json`));
  const made = Object.values<string>(tasks).join("\n");
  const printed: Record<string, string> = {};
  for (const command of ["serve", "setup", "ask", "keys", "doctor", "demo"]) {
    for (const kind of ["net", "read", "write", "run"]) {
      const call = `deno run -q --no-prompt -P=grants permissions.ts ${kind} ${command}`;
      if (made.includes(call)) continue;
      const { stdout } = await startShell([call], { ...stage, home: stage.place.home }).output();
      printed[`${kind} ${command}`] = new TextDecoder().decode(stdout).trim();
    }
  }
  assert.deepEqual(printed, {
    "run setup": "/nonexistent",
    "write ask": "/nonexistent",
    "run ask": "/nonexistent",
    "net keys": "127.0.0.1:1",
    "run keys": "/nonexistent",
    "run doctor": "/nonexistent",
    "net demo": "127.0.0.1:1",
    "run demo": "/nonexistent",
  });
});

Deno.test("no other task runs the program, and none makes its flags in another way", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${CODE}/deno.json`));
  const lines = Object.entries<string>(tasks).filter(([, line]) => / main\.ts\b/.test(line));
  const names = lines.map(([name]) => name);
  assert.deepEqual(names.toSorted(), [...Object.keys(ROWS), "serve:command", "compile"].toSorted());
  const inner = lines.flatMap(([, line]) => line.match(/\$\([^)]*\)|`/g) ?? []);
  const made = /^\$\(deno run -q --no-prompt -P=grants permissions\.ts (net|read|write|run) \w+\)$/;
  assert(inner.length > 10);
  assert.deepEqual(inner.filter((call) => !made.test(call)), []);
  // Which reads anything, and can send or keep nothing of it.
  assert.deepEqual(claimsOf(rowOf(TABLE, "permissions.ts")), { net: [], read: [ANY], write: [] });
});

Deno.test("an isolate gets what its row says, and nothing else", async () => {
  await using stage = await openStage();
  const { settings, workspaceHost } = await readConfiguration(stage.env);
  assert(settings !== null);
  const { proxy, rotator } = grantsForServe(await grantsInputOf(settings, workspaceHost));
  const seen = { proxy, rotator, "demo's workspace, client": grantsForDemo(PORT) };
  for (const [name, grants] of Object.entries(seen)) {
    assert.deepEqual(listed(grants, stage.place), claimsOf(rowOf(TABLE, name)), name);
    const { net: _net, read: _read, write: _write, ...rest } = workerPermissions(grants);
    assert.deepEqual(rest, { env: false, run: false, ffi: false, sys: false, import: false });
  }
});

Deno.test("with a command the process runs that, and the journal and the profile are no file of its isolates", async () => {
  await using stage = await openStage();
  const { place } = stage;
  const command = `${place.home}/bin/claude`;
  const env = { ...stage.env, CREDENTIAL_COMMAND: `${command} token`, PROXY_SOCKET: "" };
  const { net, read, write, run } = await flagsOf("serve:command", { place, env });
  assert.deepEqual(net, processClaims("serve").net.filter((entry) => !entry.startsWith("unix:")));
  assert.deepEqual(read, ["<code>", "~/.config/keyturn", "~/.databrickscfg", "~/bin/claude"]);
  assert.deepEqual([write, run], [["~/.config/keyturn"], ["~/bin/claude"]]);
});

Deno.test("a folder is a person's or setup's: setup gets those that are missing, or that it has made", async () => {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  const place = placeOf(home.folder, workspace.origin);
  const env = { PROXY_PORT: String(PORT) };
  const folders = async (task: "setup" | "keys") => {
    const { read, write } = await flagsOf(task, { place, env });
    const row = processClaims(task);
    const more = write.filter((entry) => !row.write.includes(entry));
    assert.deepEqual(read, least([...row.read, ...more]));
    assert.deepEqual(write, least([...row.write, ...more]));
    return more;
  };
  const missing = [".claude", ".codex", ".config", ".gemini", ".hermes", ".local", ".pi", ".qwen"];
  assert.deepEqual(await folders("setup"), missing.map((name) => `~/${name}`));
  assert.deepEqual(await folders("keys"), ["~/.config"]);

  const { code, stderr } = await runTask(["setup", "--all"], { home: home.folder, env });
  assert.equal(code, 0, stderr);
  const made = [".claude", ".codex", ".config/keyturn/agents", ".config/opencode", ".gemini"];
  const others = [".hermes", ".local/share", ".pi", ".qwen"];
  assert.deepEqual(await folders("setup"), [...made, ...others].map((name) => `~/${name}`));
  assert.deepEqual(await folders("keys"), []);
});

/** The settings; for agents' configs the agents' variables as well. */
function variablesOf(task: string): readonly string[] {
  const agents = task === "setup" || task === "doctor" ? setupEnvironment : [];
  const path = task === "doctor" ? ["PATH"] : [];
  return [...new Set([...SETTING_NAMES, ...agents, ...path])];
}

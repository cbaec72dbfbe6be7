/** The command line as a person meets it: help, wrong words, exit codes. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function keyturn(...args: readonly string[]): Promise<Run> {
  return await keyturnWith(null, args);
}

/** Runs the command in a home of its own, with a config file if one is given. */
async function keyturnWith(config: string | null, args: readonly string[]): Promise<Run> {
  const home = await Deno.makeTempDir();
  try {
    if (config !== null) {
      await Deno.mkdir(`${home}/.config/keyturn`, { recursive: true });
      await Deno.writeTextFile(`${home}/.config/keyturn/config.yaml`, config);
    }
    const output = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", "-P=setup", `--allow-read=${home}`, "main.ts", ...args],
      cwd: root,
      env: { HOME: home, KEYTURN_HOME: "", NO_COLOR: "1", DENO_DIR: await denoDir() },
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code: output.code, stdout: text(output.stdout), stderr: text(output.stderr) };
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

/** The cache of this run: a scratch HOME must not make the child fetch its packages again. */
async function denoDir(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

Deno.test("--help names every command and exits 0", async () => {
  const { code, stdout } = await keyturn("--help");
  assert.equal(code, 0);
  for (const command of ["serve", "demo", "setup", "status", "rotate", "token", "keys", "doctor"]) {
    assert.match(stdout, new RegExp(`keyturn ${command}`));
  }
});

Deno.test("an unknown command exits 2 and names the known ones", async () => {
  const { code, stdout, stderr } = await keyturn("sevre");
  assert.equal(code, 2);
  assert.equal(stdout, "");
  assert.match(stderr, /sevre: is no command; wanted serve, serve:command, demo, setup/);
});

Deno.test("no command at all exits 2", async () => {
  const { code, stderr } = await keyturn();
  assert.equal(code, 2);
  assert.match(stderr, /^keyturn: the configuration is wrong$/m);
  assert.match(stderr, /a command is wanted/);
});

Deno.test("unknown arguments exit 2, all of them named", async () => {
  const { code, stderr } = await keyturn("serve", "--fast", "--port=1");
  assert.equal(code, 2);
  assert.match(stderr, /--fast: is not known here/);
  assert.match(stderr, /--port=1: is not known here/);
});

Deno.test("--help behind a command does nothing but help", async () => {
  const { code, stdout } = await keyturn("setup", "--all", "--help");
  assert.equal(code, 0);
  assert.match(stdout, /^keyturn \S+: fresh Databricks credentials/);
});

Deno.test("an agent that setup does not know is told beside --all as well", async () => {
  const { code, stdout, stderr } = await keyturn("setup", "--all", "cluade");
  assert.equal(code, 2);
  assert.equal(stdout, "");
  assert.match(stderr, /cluade: setup does not know this agent/);
});

Deno.test("dashes that a task runner passes on are no argument", async () => {
  // The second is `deno task setup:codex -- --fast`.
  for (const words of [["serve", "--", "--fast"], ["setup", "codex", "--", "--fast"]]) {
    const { code, stderr } = await keyturn(...words);
    assert.equal(code, 2);
    assert.match(stderr, /--fast: is not known here/);
    assert.doesNotMatch(stderr, /^ {2}--: /m);
  }
});

Deno.test("status without a service that ever ran exits 2 and says who makes the keys", async () => {
  const { code, stderr } = await keyturn("status");
  assert.equal(code, 2);
  assert.match(stderr, /keys\.json: is not there; `serve` makes it/);
  assert.doesNotMatch(stderr, /\bat .*\.ts:\d+/, "no stack trace");
});

Deno.test("a wrong config file is no less wrong to setup and status", async () => {
  for (const command of [["setup", "hermes"], ["status"]]) {
    const { code, stderr } = await keyturnWith("proxy_prot: 4001\nproxy_port: 70000\n", command);
    assert.equal(code, 2, command.join(" "));
    assert.match(stderr, /proxy_prot.*did you mean proxy_port/);
    assert.match(stderr, /70000/);
  }
});

Deno.test("a program that may run nothing, as the binary, says which task may run a command", async () => {
  const config = "credential_command: /bin/cat /x\ndatabricks_host: https://one.example\n";
  const binary = await keyturnWith(config, ["serve:command"]);
  assert.equal(binary.code, 2);
  assert.match(
    binary.stderr,
    /CREDENTIAL_COMMAND: "\/bin\/cat" may not be run by this program; use `deno task serve:command`/,
  );
  const serve = await keyturnWith(config, ["serve"]);
  assert.equal(serve.code, 2);
  assert.match(serve.stderr, /CREDENTIAL_COMMAND: is set, and this task may not run anything; use/);
});

import assert from "node:assert/strict";
import { within } from "../../support/within.ts";
import { until } from "../../tests/support/until.ts";
import type { CommandOutcome } from "./command_failure.ts";
import { runCommand } from "./run_command.ts";

const ENV = { PATH: "/usr/bin:/bin" };

interface Script extends AsyncDisposable {
  readonly folder: string;
  /** Runs it. */
  run(options?: {
    readonly args?: readonly string[];
    readonly timeoutMs?: number;
    readonly signal?: AbortSignal;
  }): Promise<CommandOutcome>;
}

/** An executable file with these lines. */
async function makeScript(...lines: readonly string[]): Promise<Script> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "keyturn-command-" }));
  const path = `${folder}/script`;
  await Deno.writeTextFile(path, ["#!/bin/sh", ...lines, ""].join("\n"), { mode: 0o755 });
  return {
    folder,
    run: ({ args = [], timeoutMs = 20_000, signal = new AbortController().signal } = {}) =>
      runCommand({ command: [path, ...args], env: ENV, timeoutMs, signal }),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** Whether a process with this id is there, and no mere remains of one. */
async function isRunning(pid: string): Promise<boolean> {
  const text = await Deno.readTextFile(`/proc/${pid.trim()}/stat`).catch(() => "");
  return text !== "" && !/\) [ZX] /.test(text);
}

Deno.test("runCommand() gives both outputs and the exit code", async () => {
  await using script = await makeScript("echo out", "echo err >&2", "exit 45");
  assert.deepEqual(await script.run(), {
    end: { how: "exit", code: 45 },
    stdout: "out\n",
    stderr: "err\n",
  });
});

Deno.test("runCommand() hands on arguments as they are, no input, and its own environment only", async () => {
  await using script = await makeScript(
    'printf "<%s>" "$@"',
    "cat",
    "env | sed 's/=.*//' | sort | tr '\\n' ' '",
  );
  Deno.env.set("KEYTURN_TEST_SECRET", "hunter2");
  const { stdout } = await script.run({ args: ["a b", "$HOME", "", "*", "';ls"] });
  Deno.env.delete("KEYTURN_TEST_SECRET");
  // What a shell sets by itself.
  const names = stdout.slice(stdout.lastIndexOf(">") + 1).replaceAll(
    /\b(PWD|OLDPWD|SHLVL|_) /g,
    "",
  );
  assert.equal(stdout.slice(0, stdout.lastIndexOf(">") + 1), "<a b><$HOME><><*><';ls>");
  assert.equal(names, "PATH ");
});

Deno.test("runCommand() ends a command that takes too long", async () => {
  await using script = await makeScript("echo $$ >&2", "exec sleep 600");
  const { end, stderr } = await script.run({ timeoutMs: 300 });
  assert.deepEqual(end, { how: "timeout", afterMs: 300 });
  assert(!await isRunning(stderr));
});

Deno.test("runCommand() ends a command that does not want to end", async () => {
  await using script = await makeScript(
    "trap '' TERM",
    "echo $$ >&2",
    "while :; do read -r _ </dev/zero; done",
  );
  const { end, stderr } = await script.run({ timeoutMs: 300 });
  assert.equal(end.how, "timeout");
  assert(!await isRunning(stderr));
});

Deno.test("runCommand() lets a command end its own children first", async () => {
  await using script = await makeScript(
    "sleep 600 & child=$!",
    'trap "kill $child; exit 1" TERM',
    "echo $child >&2",
    "wait",
  );
  const { end, stderr } = await script.run({ timeoutMs: 300 });
  assert.equal(end.how, "timeout");
  await until("the child is gone", async () => !await isRunning(stderr));
});

Deno.test("runCommand() ends a command when it is called off, and starts none after", async () => {
  await using script = await makeScript('echo $$ >"${0%/*}/pid"', "exec sleep 600");
  const calledOff = new AbortController();
  const running = script.run({ signal: calledOff.signal });
  const pid = await until("it runs", async () => {
    const text = await Deno.readTextFile(`${script.folder}/pid`).catch(() => "");
    return text.endsWith("\n") && text;
  });
  calledOff.abort();
  assert.deepEqual((await running).end, { how: "called-off" });
  assert(!await isRunning(pid));
  await Deno.remove(`${script.folder}/pid`);
  assert.deepEqual((await script.run({ signal: calledOff.signal })).end, { how: "called-off" });
  await assert.rejects(Deno.stat(`${script.folder}/pid`), Deno.errors.NotFound);
});

Deno.test("runCommand() does not wait for what a command leaves behind on its pipes", async () => {
  await using script = await makeScript("sleep 600 & echo $! >&2", "echo token");
  const { end, stdout, stderr } = await script.run();
  assert.deepEqual(end, { how: "exit", code: 0 });
  assert.equal(stdout, "token\n");
  assert(await isRunning(stderr), "it was not waited for");
  Deno.kill(Number(stderr), "SIGKILL");
});

Deno.test("runCommand() ends a command that prints too much, and keeps the first of it", async () => {
  await using script = await makeScript("echo $$ >&2", "exec cat /dev/zero");
  const giveUp = new AbortController();
  const running = script.run({ timeoutMs: 600_000, signal: giveUp.signal });
  assert.notEqual(await within(running, 10_000), "late");
  giveUp.abort();
  const { end, stdout, stderr } = await running;
  assert.deepEqual(end, { how: "too-much", maxBytes: 65_536 });
  assert.equal(stdout.length, 65_536);
  assert(!await isRunning(stderr));
});

Deno.test("runCommand() takes as much as it may be, whole", async () => {
  await using script = await makeScript("head -c 65536 /dev/zero");
  const { end, stdout } = await script.run();
  assert.deepEqual(end, { how: "exit", code: 0 });
  assert.equal(stdout.length, 65_536);
});

Deno.test("runCommand() keeps the last of what a command says, however much that is", async () => {
  await using script = await makeScript(
    "head -c 1000000 /dev/zero | tr '\\0' x >&2",
    "echo last >&2",
    "exit 1",
  );
  const { end, stderr } = await script.run();
  assert.deepEqual(end, { how: "exit", code: 1 });
  assert.equal(stderr.length, 8_192);
  assert.match(stderr, /xlast\n$/);
});

Deno.test("runCommand() says which signal ended a command", async () => {
  await using script = await makeScript("kill -SEGV $$");
  assert.deepEqual((await script.run()).end, { how: "signal", signal: "SIGSEGV" });
});

Deno.test("runCommand() says why a command could not be started", async () => {
  await using script = await makeScript("exit 0");
  await Deno.chmod(`${script.folder}/script`, 0o600);
  const denied = (await script.run()).end;
  assert(denied.how === "not-started");
  assert.match(denied.reason, /Permission denied/);
  await Deno.remove(`${script.folder}/script`);
  const missing = (await script.run()).end;
  assert(missing.how === "not-started");
  assert.match(missing.reason, /No such file/);
});

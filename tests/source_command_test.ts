/** `serve:command`: the real task, with scripts as commands. */

import assert from "node:assert/strict";
import { startWorkspace, type Workspace } from "../demo/workspace.ts";
import { COMMAND_ENVIRONMENT } from "../settings.ts";
import { type Launcher, ServeProcess } from "./support/serve_process.ts";
import {
  assertUnseen,
  makeSourceHome,
  readAllFiles,
  type SourceHome,
} from "./support/source_home.ts";
import { until } from "./support/until.ts";

const HOUR_MS = 3_600_000;

interface Stage {
  readonly workspace: Workspace;
  readonly home: SourceHome;
  readonly command: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly launcher?: Launcher;
}

function start(stage: Stage): Promise<ServeProcess> {
  const { workspace, home, command, env, launcher = "command" } = stage;
  return ServeProcess.start({
    home: home.folder,
    task: "serve:command",
    launcher,
    env: { DATABRICKS_HOST: workspace.origin, CREDENTIAL_COMMAND: command, ...env },
  });
}

/** The status and the text of a chat. */
async function chat(process: ServeProcess): Promise<{ status: number; text: string }> {
  const response = await process.chat("hello");
  return { status: response.status, text: await response.text() };
}

async function stop(process: ServeProcess): Promise<void> {
  process.kill("SIGTERM");
  const { code, signal } = await process.ended();
  assert.deepEqual([code, signal], [0, null], process.stderr);
}

Deno.test("serve:command refreshes what prints an expiry, fails no request, and writes no token", async () => {
  await using workspace = startWorkspace();
  await using home = await makeSourceHome();
  const tokens = Array.from({ length: 50 }, () => workspace.issue({ lifetimeMs: HOUR_MS }).value);
  await Deno.mkdir(`${home.folder}/store`);
  await Deno.writeTextFile(`${home.folder}/store/tokens`, tokens.join("\n"));
  const command = await home.script(
    "store/next-token",
    'cd "${0%/*}"',
    "echo run >>runs",
    'token=$(sed -n "$(wc -l <runs)p" tokens)',
    "expiry=$(date -u -d '+6 seconds' +%Y-%m-%dT%H:%M:%S.%N+00:00)",
    'printf \'{\\n  "access_token": "%s",\\n  "token_type": "Bearer",\\n  "expiry": "%s"\\n}\\n\' ' +
      '"$token" "$expiry"',
  );
  await using process = await start({ workspace, home, command });
  const failed: string[] = [];
  await until("it was refreshed twice", async () => {
    const { status, text } = await chat(process);
    if (status !== 200) failed.push(`${status} ${text}`);
    return (await process.status()).credential.rotations >= 2;
  });
  assert.deepEqual(failed, []);
  const { credential } = await process.status();
  assert.deepEqual([credential.state, credential.source], ["live", "command"]);
  assert(credential.secondsToExpiry !== null && credential.secondsToExpiry <= 6);
  await stop(process);
  await Deno.remove(`${home.folder}/store`, { recursive: true });
  const files = await readAllFiles(home.folder);
  assert.deepEqual([...files.keys()].sort(), [
    ".config/keyturn/keys.json",
    ".config/keyturn/keys.json.lock",
  ]);
  assertUnseen(workspace, { process, texts: files.values(), secrets: tokens });
});

Deno.test("serve:command takes a plain token and runs the command with no more than it needs", async () => {
  await using workspace = startWorkspace();
  await using home = await makeSourceHome();
  const { value } = workspace.issue({ lifetimeMs: HOUR_MS });
  await Deno.writeTextFile(`${home.folder}/token`, `${value}\n`);
  const script = await home.script(
    "plain",
    'cd "${0%/*}"',
    "env >environment",
    'printf "<%s>" "$@" >arguments',
    "cat >input",
    "cat token",
  );
  // As package managers put executables into a folder of links.
  const path = `${home.folder}/link`;
  await Deno.symlink(script, path);
  const env = {
    DATABRICKS_CONFIG_PROFILE: "dev",
    LANG: "C.UTF-8",
    AWS_SECRET_ACCESS_KEY: "hunter2",
  };
  const command = `${path} "a b" $HOME`;
  await using process = await start({ workspace, home, command, env, launcher: "task" });
  assert.equal((await chat(process)).status, 200);
  assert.equal((await process.status()).credential.secondsToExpiry, null);
  const read = (name: string) => Deno.readTextFile(`${home.folder}/${name}`);
  const given = new Map(
    (await read("environment")).trimEnd().split("\n").map((line) => {
      const [name = "", ...rest] = line.split("=");
      return [name, rest.join("=")];
    }),
  );
  assert.equal(given.get("HOME"), home.folder);
  assert.equal(given.get("DATABRICKS_CONFIG_PROFILE"), "dev");
  assert.equal(given.get("LANG"), "C.UTF-8");
  // What the shell sets by itself.
  for (const name of ["PWD", "OLDPWD", "SHLVL", "_"]) given.delete(name);
  assert.deepEqual([...given.keys()].filter((name) => !COMMAND_ENVIRONMENT.includes(name)), []);
  assert.equal(await read("arguments"), "<a b><$HOME>");
  assert.equal(await read("input"), "");
  await stop(process);
  assertUnseen(workspace, { process, secrets: ["hunter2"] });
});

for (
  const [what, lines, sentence] of [
    [
      "says why and fails",
      ["echo dapi0123456789abcdef", "echo 'no login for dapi0123456789abcdef' >&2", "exit 45"],
      /CREDENTIAL_COMMAND .*\/tool.* ended with exit code 45; it said .*no login for \[redacted\]/,
    ],
    ["prints garbage", ["echo 'hunter2 is my dog'"], /printed a line that is no token/],
    ["prints nothing", ["echo fine >&2"], /printed nothing; it said .*fine/],
    ["prints too much", ["exec cat /dev/zero"], /printed more than 64 KiB and was killed/],
    ["is ended by a signal", ["kill -ABRT $$"], /was ended by SIGABRT/],
  ] as const
) {
  Deno.test(`serve:command says what is wrong with a command that ${what}, and tries it again`, async () => {
    await using workspace = startWorkspace();
    await using home = await makeSourceHome();
    const command = `${await home.script("tool", ...lines)} --password hunter2`;
    await using process = await start({ workspace, home, command });
    const told = await until("it is told", async () => {
      const answer = await chat(process);
      return sentence.test(answer.text) && answer;
    });
    assert.equal(told.status, 503);
    const { credential } = await process.status();
    assert.deepEqual([credential.state, credential.source], ["retrying", "command"]);
    assert.match(credential.lastFailure ?? "", sentence);
    const { value } = workspace.issue({ lifetimeMs: HOUR_MS });
    await home.script("tool", `echo ${value}`);
    await until("it serves", async () => (await chat(process)).status === 200);
    await stop(process);
    const secrets = ["hunter2", "dapi0123456789abcdef"];
    assertUnseen(workspace, { process, secrets });
    for (const secret of secrets) assert(!told.text.includes(secret));
  });
}

Deno.test("serve:command rotates on demand, and says both ids", async () => {
  await using workspace = startWorkspace();
  await using home = await makeSourceHome();
  const [first, second] = [1, 2].map(() => workspace.issue({ lifetimeMs: HOUR_MS }));
  const command = await home.script("tool", `echo ${first?.value}`);
  await using process = await start({ workspace, home, command });
  assert.equal((await chat(process)).status, 200);
  await home.script("tool", `echo ${second?.value}`);
  const headers = { authorization: `Bearer ${await process.key("operator")}` };
  const rotate = () => fetch(`${process.origin}/keyturn/rotate`, { method: "POST", headers });
  const ids = await (await rotate()).json();
  assert.deepEqual(ids, { oldId: first?.tokenId, newId: second?.tokenId });
  const again = await rotate();
  assert.equal(again.status, 502);
  assert.match(await again.text(), /printed the same token as before/);
});

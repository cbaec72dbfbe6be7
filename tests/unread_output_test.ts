/** `keyturn … | head -1`: whoever reads the output leaves early, and nothing is left half done. */

import assert from "node:assert/strict";
import { startWorkspace } from "../demo/workspace.ts";
import { readKeys } from "../support/keys_file.ts";
import { readTree, writeTree } from "./support/file_tree.ts";
import { runTask, startTask, type TaskOptions } from "./support/run_task.ts";
import { makeHome, ServeProcess } from "./support/serve_process.ts";
import { until } from "./support/until.ts";

/** As of `cat`, by a shell. */
const UNREAD = 141;

type Call = readonly [name: string, ...args: string[]];

/** Runs a command whose output nobody reads, from its first byte on. */
async function runUnread(call: Call, options: TaskOptions) {
  const child = startTask(call, options).spawn();
  await child.stdout.cancel();
  const [stderr, { code }] = await Promise.all([new Response(child.stderr).text(), child.status]);
  return { code, stderr };
}

/** Runs a command of whose output nobody reads more than the beginning. */
async function runBarelyRead(call: Call, options: TaskOptions) {
  const child = startTask(call, options).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  const [stderr, { code }] = await Promise.all([new Response(child.stderr).text(), child.status]);
  return { code, stderr, begin: new TextDecoder().decode(value) };
}

Deno.test("a command whose output nobody reads ends quietly, as cat does", async (t) => {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  await using serve = await ServeProcess.start({ home: home.folder });
  await until("a spare is there", async () => (await serve.status()).credential.spare?.tokenId);
  await writeTree(home.folder, { "captured.json": '{"model":"m","messages":[]}' });
  await Deno.chmod(home.profileFile, 0o600);
  const options = { home: home.folder, env: { PROXY_PORT: new URL(serve.origin).port } };
  const calls: readonly Call[] = [
    ["setup", "--all", "--dry-run"],
    ["setup", "--all", "--dry-run", "--json"],
    ["doctor"],
    ["doctor", "--json"],
    ["status"],
    ["rotate"],
    ["token"],
    ["keys", "list"],
    ["explain", `${home.folder}/captured.json`],
    ["status", "--watch"],
  ];
  for (const call of calls) {
    await t.step(call.join(" ").replace(home.folder, "~"), async () => {
      assert.deepEqual(await runUnread(call, options), { code: UNREAD, stderr: "" });
    });
  }
  await t.step("status --watch, of which something was read", async () => {
    const { code, stderr, begin } = await runBarelyRead(["status", "--watch"], options);
    assert.deepEqual([code, stderr], [UNREAD, ""]);
    assert.match(begin, /^all is well/);
  });
  await t.step("a failure stays one", async () => {
    await Deno.chmod(home.profileFile, 0o644);
    assert.deepEqual(await runUnread(["doctor"], options), { code: 1, stderr: "" });
    const { code, stderr } = await runUnread(["keys", "rotate", "nobody"], options);
    assert.equal(code, 2);
    assert.match(stderr, /nobody: is no agent/);
  });
});

Deno.test("setup and keys do all that they were asked for, whether or not it is read", async () => {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  const options = { home: home.folder, env: { PROXY_PORT: "4000" } };
  await writeTree(home.folder, { ".codex/config.toml": "# mine\n" });
  const outcomes = async () => {
    const { stdout } = await runTask(["setup", "--all", "--json"], options);
    const { agents }: { agents: readonly { outcome: string }[] } = JSON.parse(stdout);
    return [...new Set(agents.map(({ outcome }) => outcome))];
  };
  const isOurs = ([path]: readonly [string, string]) => path.startsWith(".config/keyturn/");
  const others = async () => Object.entries(await readTree(home.folder)).filter((e) => !isOurs(e));
  const before = await others();

  const done = await runUnread(["setup", "--all"], options);
  assert.deepEqual(done, { code: UNREAD, stderr: "" });
  assert.deepEqual(await outcomes(), ["unchanged"]);

  const keysFile = `${home.folder}/.config/keyturn/keys.json`;
  const keyOf = async () => (await readKeys(keysFile))?.agents.get("pi")?.reveal();
  const key = await keyOf();
  assert.equal((await runUnread(["keys", "rotate", "pi"], options)).code, UNREAD);
  assert.notEqual(await keyOf(), key);
  assert.equal((await runUnread(["keys", "revoke", "pi"], options)).code, UNREAD);
  assert.equal(await keyOf(), undefined);

  const undone = await runUnread(["setup", "--all", "--undo"], options);
  assert.deepEqual(undone, { code: UNREAD, stderr: "" });
  assert.deepEqual(await others(), before);
});

Deno.test("the demo ends with its reader, and leaves no folder behind", async () => {
  const home = await Deno.makeTempDir();
  try {
    const options = { home, env: { TMPDIR: home } };
    const { code, stderr, begin } = await runBarelyRead(["demo"], options);
    assert.deepEqual([code, stderr], [UNREAD, ""]);
    assert.match(begin, /^Keyturn demo until Ctrl-C: /);
    assert.deepEqual(await readTree(home), {});
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("serve serves on, whether or not its one line is read", async () => {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  const port = closedPort();
  const options = { home: home.folder, env: { PROXY_PORT: String(port) } };
  const child = startTask(["serve"], options).spawn();
  await child.stdout.cancel();
  const isReady = () =>
    fetch(`http://127.0.0.1:${port}/ready`).then(async (answer) => {
      await answer.body?.cancel();
      return answer.ok;
    }, () => false);
  await until("it is ready", isReady);
  child.kill("SIGTERM");
  const [stderr, { code }] = await Promise.all([new Response(child.stderr).text(), child.status]);
  assert.equal(code, 0, stderr);
});

/** The line that says which port it is goes unread, so it is told one. */
function closedPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

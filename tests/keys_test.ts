/** Local keys in the hands of a person, while the real service runs. */

import assert from "node:assert/strict";
import { startWorkspace } from "../demo/workspace.ts";
import { readKeys } from "../support/keys_file.ts";
import { runTask } from "./support/run_task.ts";
import { makeHome, ServeProcess } from "./support/serve_process.ts";

async function statusWith(serve: ServeProcess, key: string): Promise<number> {
  const response = await fetch(`${serve.origin}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "hi" }] }),
  });
  await response.body?.cancel();
  return response.status;
}

Deno.test("a rotated or revoked key is refused once the command has returned", async () => {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  await using serve = await ServeProcess.start({ home: home.folder, env: { PROXY_WORKERS: "2" } });
  const keysFile = `${home.folder}/.config/keyturn/keys.json`;
  const old = await serve.key("hermes");
  const pi = await serve.key("pi");
  assert.equal(await statusWith(serve, old), 200);

  const rotated = await runTask(["keys", "rotate", "hermes"], { home: home.folder });
  // Before anything else is asked: the proxies have seen it by now.
  const refused = await Promise.all(Array.from({ length: 8 }, () => statusWith(serve, old)));
  assert.deepEqual(new Set(refused), new Set([401]));
  assert.equal(rotated.code, 0, rotated.stderr);
  assert.match(rotated.stdout, /^hermes: has a new key; .* `setup hermes`/);
  const next = await serve.key("hermes");
  assert.match(next, /^kt_hermes_[A-Za-z0-9_-]{43}$/);
  assert.notEqual(next, old);
  assert.equal(await statusWith(serve, next), 200);

  const revoked = await runTask(["keys", "revoke", "hermes"], { home: home.folder });
  assert.equal(await statusWith(serve, next), 401);
  assert.equal(revoked.code, 0, revoked.stderr);
  assert.equal(await statusWith(serve, pi), 200, "the others are as they were");
  assert.equal(((await Deno.stat(keysFile)).mode ?? 0) & 0o777, 0o600);

  for (const { stdout, stderr } of [rotated, revoked]) {
    assert.doesNotMatch(stdout + stderr, /kt_\w+_[A-Za-z0-9_-]{20}/, "no key is printed");
  }
});

Deno.test("what was revoked stays so when the service starts again, until it is asked for", async () => {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  const keysFile = `${home.folder}/.config/keyturn/keys.json`;
  await (await ServeProcess.start({ home: home.folder }))[Symbol.asyncDispose]();
  await runTask(["keys", "revoke", "codex"], { home: home.folder });
  await using _serve = await ServeProcess.start({ home: home.folder });
  assert(!(await readKeys(keysFile))?.agents.has("codex"));
  const again = await runTask(["keys", "revoke", "codex"], { home: home.folder });
  assert.equal(again.stdout, "codex: has no key; nothing to revoke\n");
  assert.equal(again.code, 0);
  const made = await runTask(["keys", "rotate", "codex"], { home: home.folder });
  assert.match(made.stdout, /^codex: has a key now\. /);
  assert((await readKeys(keysFile))?.agents.has("codex"));
});

Deno.test("the operator's key can be rotated, and status goes on with the new one", async () => {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  await using serve = await ServeProcess.start({ home: home.folder });
  const old = await serve.key("operator");
  const rotated = await runTask(["keys", "rotate", "operator"], { home: home.folder });
  assert.equal(rotated.code, 0, rotated.stderr);
  const response = await fetch(`${serve.origin}/keyturn/status`, {
    headers: { authorization: `Bearer ${old}` },
  });
  await response.body?.cancel();
  assert.equal(response.status, 401);
  const revoked = await runTask(["keys", "revoke", "operator"], { home: home.folder });
  assert.equal(revoked.code, 2);
  assert.match(revoked.stderr, /operator: is what .* can be rotated, not revoked/);
  const env = { PROXY_PORT: new URL(serve.origin).port };
  const status = await runTask(["status"], { home: home.folder, env });
  assert.equal(status.code, 0, status.stderr);
});

Deno.test("keys list names keys and dialects, and no value", async () => {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  const before = await runTask(["keys", "list"], { home: home.folder });
  assert.equal(before.code, 0, before.stderr);
  assert.match(before.stdout, /^operator +no key/);
  assert.match(before.stdout, /none yet; `serve` or `setup` makes .*keys\.json/);
  await runTask(["keys", "rotate", "pi"], { home: home.folder });
  const { stdout } = await runTask(["keys", "list"], { home: home.folder });
  assert.match(stdout, /^operator +has a key +status, rotate, token$/m);
  assert.match(stdout, /^pi +has a key +chat, responses, anthropic, gemini$/m);
  assert.match(stdout, /^claude +no key +anthropic$/m);
  assert.doesNotMatch(stdout, /kt_/);
});

Deno.test("keys that cannot be meant exit 2 and say what is wanted", async () => {
  const home = await Deno.makeTempDir();
  try {
    const rows: readonly (readonly [readonly string[], RegExp])[] = [
      [[], /keys: says nothing of what to do; wanted list, rotate <agent> or revoke <agent>/],
      [["show"], /show: is nothing that can be done to keys; wanted list/],
      [["list", "pi"], /pi: is not known here; `keys list` takes no arguments/],
      [["rotate"], /keys rotate: name one agent/],
      [["revoke", "pi", "codex"], /keys revoke: name one agent/],
      [["rotate", "cladue"], /cladue: is no agent that Keyturn knows; wanted claude, codex/],
      [["revoke", "operator"], /operator: is no agent that Keyturn knows/],
    ];
    for (const [args, message] of rows) {
      const { code, stderr, stdout } = await runTask(["keys", ...args], { home });
      assert.equal(code, 2, args.join(" "));
      assert.match(stderr, message);
      assert.equal(stdout, "");
    }
    await Deno.mkdir(`${home}/.config/keyturn`, { recursive: true });
    await Deno.writeTextFile(`${home}/.config/keyturn/keys.json`, "{");
    const broken = await runTask(["keys", "rotate", "pi"], { home });
    assert.equal(broken.code, 2);
    assert.match(broken.stderr, /keys\.json: Cannot read the local keys: it is not JSON/);
    assert.equal(await Deno.readTextFile(`${home}/.config/keyturn/keys.json`), "{");
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

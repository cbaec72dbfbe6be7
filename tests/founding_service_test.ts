/**
 * What the tests of the system before this one asked of the service around the rotator (its thread
 * in tests/test_pat_rotator.py, tests/test_pat_rotation_integration.py, test_auth_enforcement.py,
 * test_app_state.py, test_setup_proxy.py, test_run_step.py, test_terminal_env_strip.py), each by
 * its name, with what it asserts here. Those that this design makes meaningless are listed in
 * ARCHITECTURE.md.
 */

import assert from "node:assert/strict";
import { startWorkspace } from "../demo/workspace.ts";
import { parseJournal } from "../rotator/journal.ts";
import { boot } from "../supervisor/boot.ts";
import { type Grants, workerPermissions } from "../supervisor/grants.ts";
import { startService } from "../supervisor/serve.ts";
import { spawnWorker } from "../supervisor/spawn.ts";
import { ConfigError } from "../support/errors.ts";
import { fromFileUrl } from "../support/paths.ts";
import { HandOutScene } from "./support/hand_out_scene.ts";
import { RotationScene } from "./support/rotation_scene.ts";
import { makeHome, ServeProcess } from "./support/serve_process.ts";
import { openServing, tokenCalls } from "./support/serving_scene.ts";
import { until } from "./support/until.ts";

const HOUR_MS = 3_600_000;
const PATH = "/v1/chat/completions";
const CHAT = JSON.stringify({ model: "m", messages: [{ role: "user", content: "hello" }] });

Deno.test("founding: test_starts_daemon_thread, test_app_has_pat_rotator, test_pat_rotator_is_correct_type, test_default_instance_name_from_env: the service has a rotator that goes on by itself under the name it was given, and ends with it", async () => {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  const env = {
    CODA_INSTANCE_NAME: "coda-alpha",
    PAT_TOKEN_LIFETIME: "12",
    PAT_ROTATION_INTERVAL: "1",
    PAT_SPARE_LIFETIME: "0",
  };
  await using process = await ServeProcess.start({ home: home.folder, env });
  await until("it has rotated twice", async () => {
    const answer = await process.chat("hello");
    assert.equal(answer.status, 200, await answer.text());
    return (await process.status()).credential.rotations >= 2;
  });
  const minted = workspace.tokens().filter(({ id }) => id !== home.given.tokenId);
  assert.deepEqual(
    new Set(minted.map(({ comment }) => comment)),
    new Set(["coda-auto-rotated:coda-alpha"]),
  );
  process.kill("SIGTERM");
  assert.equal((await process.ended()).code, 0);
  const [rotated] = process.events().filter(({ event }) => event === "rotated");
  assert.equal(rotated?.room, "rotator", "in an isolate of its own");
});

Deno.test("founding: test_idempotent_start: of two services that start on one profile at once, one rotates", async () => {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  const options = { home: home.folder, env: { PAT_SPARE_LIFETIME: "0" } };
  await using first = ServeProcess.launch(options);
  await using second = ServeProcess.launch(options);
  await Promise.all([first.listens(), second.listens()]);
  const states = await until("each has its part", async () => {
    const both = await Promise.all([first.status(), second.status()]);
    const states = both.map(({ credential }) => credential.state).sort();
    return states.every((state) => state === "following" || state === "live") && states;
  });
  assert.deepEqual(states, ["following", "live"]);
  await until("the given token is revoked", () => workspace.stats().revoked === 1);
  assert.equal(workspace.stats().minted, 1);
});

Deno.test("founding: test_no_start_without_token, test_configure_pat_empty_token: without a token, or with a blank one, nothing starts, and it is said where a token belongs", async () => {
  const folder = await Deno.makeTempDir();
  const host = "https://adb-1.azuredatabricks.net";
  for (const line of ["", "token =\n", "token =   \n"]) {
    await Deno.writeTextFile(`${folder}/.databrickscfg`, `[DEFAULT]\nhost = ${host}\n${line}`);
    for (const env of [{}, { DATABRICKS_TOKEN: "" }, { DATABRICKS_TOKEN: "  " }]) {
      const error = await boot({ HOME: folder, PROXY_PORT: "0", ...env }).catch((error) => error);
      assert(error instanceof ConfigError);
      const problem = error.problems.find(({ name }) => name === "DATABRICKS_TOKEN");
      assert.match(problem?.message ?? "", /create a personal access token/);
    }
  }
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  assert.deepEqual(names, [".databrickscfg"]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("founding: test_pat_status_no_token, test_pat_status_skips_auth: anybody is told that the service is not ready, and the operator why", async () => {
  await using scene = await HandOutScene.open({ token: "none" });
  const { proxy, rotation } = scene;
  const ready = await proxy.call("/ready", { headers: {} });
  assert.equal(ready.status, 503);
  assert.match(await ready.text(), /there is no live credential, and nothing at hand can make one/);
  const headers = { authorization: `Bearer ${proxy.keys.operator}` };
  const { credential } = await (await proxy.call("/keyturn/status", { headers })).json();
  assert.deepEqual([credential.state, credential.tokenId], ["lost", null]);
  assert.match(credential.lastFailure, /create a personal access token/);
  assert(credential.lastFailure.includes(rotation.profileFile));
});

Deno.test("founding: test_configure_pat_allowed_when_token_expired: a token that is written after all have expired is taken up without a restart", async () => {
  await using scene = await HandOutScene.open({ token: "expired" });
  const { proxy, rotation } = scene;
  const refused = await proxy.post(PATH, CHAT);
  assert.equal(refused.status, 401, await refused.text());
  const fresh = rotation.workspace.issue({ lifetimeMs: HOUR_MS });
  await rotation.writeProfile(fresh.value);
  const response = await proxy.post(PATH, CHAT);
  assert.equal(response.status, 200, await response.text());
  await until("it is replaced", () => rotation.eventsOf("rotated")[0]?.oldId === fresh.tokenId);
});

Deno.test("founding: test_configure_pat_denied_for_non_owner, test_configure_pat_allowed_for_owner: an agent can neither rotate nor read the token, its operator can, and nobody can send one", async () => {
  await using scene = await HandOutScene.open();
  const { proxy, rotation } = scene;
  const token = await rotation.profileToken() ?? "";
  for (const key of [proxy.keys.pi, proxy.keys.hermes, "", token]) {
    for (const path of ["/keyturn/rotate", "/keyturn/token"]) {
      const headers = { authorization: `Bearer ${key}` };
      const response = await proxy.call(path, { method: "POST", headers });
      assert.equal(response.status, 401);
      assert(!(await response.text()).includes(token));
    }
  }
  assert.deepEqual(tokenCalls(rotation), []);
  assert.equal(await scene.operate("/keyturn/token"), `${token}\n`);
  await scene.operate("/keyturn/rotate");
  assert.equal(tokenCalls(rotation)[0]?.call, "create");
  const headers = { authorization: `Bearer ${proxy.keys.operator}` };
  for (const path of ["/api/configure-pat", "/api/inject-pat", "/keyturn/token"]) {
    const body = JSON.stringify({ token: "dapi-sent" });
    const response = await proxy.call(path, { method: "POST", headers, body });
    assert.equal(response.status, path.startsWith("/api/") ? 404 : 200, await response.text());
  }
  assert.equal(await scene.operate("/keyturn/token"), `${await rotation.profileToken()}\n`);
});

Deno.test("founding: test_set_and_read_rotation, test_get_last_rotation_time: what was minted last, and when, is told, and known after a restart", async () => {
  const { scene, proxy } = await openServing();
  await using _ = scene;
  assert.equal(proxy.chain?.rotations, 0);
  scene.advance(100_000);
  const before = scene.now();
  assert((await proxy.rotate()).ok);
  const chain = await until("it is told", () => proxy.chains.find((c) => c.rotations === 1));
  assert.equal(chain.tokenId, proxy.current?.tokenId);
  assert(chain.issuedAt !== null && chain.issuedAt >= before && chain.issuedAt <= scene.now());
  await scene.stop();
  const { tokens } = parseJournal(await Deno.readTextFile(scene.journalFile));
  assert.deepEqual(tokens.map(({ id, mintedAt }) => [id, mintedAt]), [[
    chain.tokenId,
    chain.issuedAt,
  ]]);
  const next = scene.proxy();
  await scene.start();
  const again = await until("it serves", () => next.chain?.state === "live" && next.chain);
  assert.deepEqual([again.tokenId, again.issuedAt], [chain.tokenId, chain.issuedAt]);
});

Deno.test("founding: test_file_permissions: the journal is for its owner alone", async () => {
  const { scene, proxy } = await openServing();
  await using _ = scene;
  await Deno.chmod(scene.journalFile, 0o644);
  assert((await proxy.rotate()).ok);
  assert.equal(((await Deno.stat(scene.journalFile)).mode ?? 0) & 0o7777, 0o600);
});

async function assertRotatesWith(journal: string | null): Promise<RotationScene["events"]> {
  await using scene = await RotationScene.open();
  if (journal !== null) await Deno.writeTextFile(scene.journalFile, journal);
  await scene.writeProfile(scene.workspace.issue({ lifetimeMs: HOUR_MS }).value);
  const proxy = scene.proxy();
  await scene.start();
  await until("it is replaced", () => scene.eventsOf("rotated").length === 1);
  await until("the given one is revoked", () => scene.eventsOf("revoked").length === 1);
  await until("and forgotten", async () => (await scene.journalled()).length === 1);
  assert.deepEqual(await scene.journalled(), [proxy.current?.tokenId]);
  return scene.events;
}

Deno.test("founding: test_corrupt_json_returns_empty: a journal that cannot be understood is told of, and begun anew", async () => {
  const events = await assertRotatesWith("{bad json");
  assert.equal(events.filter(({ event }) => event === "journal-reset").length, 1);
});

Deno.test("founding: test_missing_file_returns_empty: a journal that is not there is begun without a word", async () => {
  const events = await assertRotatesWith(null);
  assert.deepEqual(events.filter(({ level }) => level === "warning" || level === "error"), []);
});

Deno.test("founding: test_resolved_proxy_script_exists, test_resolved_proxy_script_is_repo_root_content_filter_proxy: the service finds its isolates from any folder", async () => {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  await using child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", fromFileUrl(new URL("../main.ts", import.meta.url)), "serve"],
    cwd: home.folder,
    clearEnv: true,
    env: {
      HOME: home.folder,
      DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
      PROXY_PORT: "0",
      PAT_SPARE_LIFETIME: "0",
    },
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let said = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    said += text;
    if (/^Keyturn serves on \S+ for /m.test(said)) break;
  }
  const [origin] = /http:\S+/.exec(said) ?? [];
  const health = await fetch(`${origin}/health`);
  assert.equal(await health.text(), '{"status":"ok"}');
  await until("it rotates as well", () => workspace.stats().minted === 1);
  child.kill("SIGTERM");
  assert.equal((await child.status).code, 0);
});

Deno.test("founding: test_uses_sp_oauth_when_default_pat_is_missing: without a PAT in the profile the token of the service principal goes with the request", async () => {
  const client = { clientId: "client-1", clientSecret: "dose0123456789abcdef0" };
  await using workspace = startWorkspace({ oauthClients: [client] });
  await using home = await makeHome(workspace);
  await Deno.writeTextFile(home.profileFile, `[DEFAULT]\nhost = ${workspace.origin}\n`);
  const env = {
    DATABRICKS_CLIENT_ID: client.clientId,
    DATABRICKS_CLIENT_SECRET: client.clientSecret,
  };
  await using process = await ServeProcess.start({ home: home.folder, env });
  const answer = await process.chat("hello");
  assert.equal(answer.status, 200, await answer.text());
  const served = workspace.requests().find(({ path }) => path.includes("/chat"));
  const token = workspace.tokens().find(({ id }) => id === served?.tokenId);
  assert.equal(token?.owner, client.clientId);
  assert.equal(workspace.stats().minted, 0);
});

/** Tries what a worker must not be able to do, and says what came of it. */
const PROBE = `
const attempt = async (act) => {
  try {
    await act();
    return "done";
  } catch (error) {
    return error.name;
  }
};
self.onmessage = async ({ data: program }) => {
  self.postMessage([
    await attempt(() => Deno.env.toObject()),
    await attempt(() => Deno.env.get("DATABRICKS_TOKEN")),
    await attempt(() => Deno.env.set("DATABRICKS_TOKEN", "dapi")),
    await attempt(() => new Deno.Command(program, { args: ["--version"] }).output()),
  ]);
};`;

async function probe(script: string, grants: Grants): Promise<readonly string[]> {
  const permissions = workerPermissions(grants);
  const worker = new Worker(new URL(`file://${script}`), { type: "module", deno: { permissions } });
  const { promise, resolve } = Promise.withResolvers<readonly string[]>();
  worker.onmessage = ({ data }) => resolve(data);
  worker.postMessage(Deno.execPath());
  const results = await promise;
  worker.terminate();
  return results;
}

Deno.test("founding: test_rotation_refresh_never_uses_process_arguments, test_strips_databricks_client_id, test_strips_databricks_token: no isolate of the service can start a program, or see a variable of the environment", async () => {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  const given = new Map<string, Grants>();
  const log = { level: "error", format: "json", color: "plain" } as const;
  const env = { HOME: home.folder, PROXY_PORT: "0", PAT_SPARE_LIFETIME: "0" };
  const service = await startService(await boot(env), {
    log,
    hostName: "host",
    spawn: (room, options) => {
      given.set(room, options.grants);
      return spawnWorker(room, options);
    },
  });
  await until("it has rotated", () => workspace.stats().revoked === 1);
  await service.stop();
  assert.deepEqual([...given.keys()].sort(), ["proxy", "rotator"]);
  const script = `${home.folder}/probe.js`;
  await Deno.writeTextFile(script, PROBE);
  for (const [room, grants] of given) {
    assert.deepEqual(await probe(script, grants), Array(4).fill("NotCapable"), room);
  }
});

/** `serve` with an OAuth client: real processes, short lives. */

import assert from "node:assert/strict";
import { type OauthClient, startWorkspace, type WorkspaceOptions } from "../demo/workspace.ts";
import { makeHome, ServeProcess } from "./support/serve_process.ts";
import { assertUnseen, makeSourceHome, readAllFiles } from "./support/source_home.ts";
import { until } from "./support/until.ts";

const CLIENT: OauthClient = { clientId: "client-1", clientSecret: "dose0123456789abcdef0" };

function startWith(options: WorkspaceOptions) {
  return startWorkspace({ oauthClients: [CLIENT], ...options });
}

function clientEnv(origin: string): Record<string, string> {
  return {
    DATABRICKS_HOST: origin,
    DATABRICKS_CLIENT_ID: CLIENT.clientId,
    DATABRICKS_CLIENT_SECRET: CLIENT.clientSecret,
  };
}

/** Sends one request after the other until `isOver`; gives the statuses that were no 200. */
async function chatUntil(
  process: ServeProcess,
  isOver: () => Promise<boolean>,
): Promise<readonly string[]> {
  const failed: string[] = [];
  while (!await isOver()) {
    const response = await process.chat("hello");
    const text = await response.text();
    if (response.status !== 200) failed.push(`${response.status} ${text}`);
  }
  return failed;
}

Deno.test("serve with an OAuth client refreshes ahead, fails no request, and writes no token", async () => {
  await using workspace = startWith({ oauthLifetimeSeconds: 6 });
  await using home = await makeSourceHome();
  const env = { ...clientEnv(workspace.origin), PROXY_WORKERS: "2" };
  await using process = await ServeProcess.start({ home: home.folder, env });
  const failed = await chatUntil(process, async () => {
    return (await process.status()).credential.rotations >= 2;
  });
  assert.deepEqual(failed, []);
  await (await process.chat("hello")).body?.cancel();
  const { credential } = await process.status();
  assert.equal(credential.source, "oauth");
  assert.equal(credential.state, "live");
  assert((credential.secondsToExpiry ?? 0) > 0);
  const { inference, minted, revoked, byTokenId } = workspace.stats();
  assert.deepEqual({ ...inference, ok: 0 }, { ok: 0, refused: 0, failed: 0 });
  assert.deepEqual({ minted, revoked }, { minted: 0, revoked: 0 });
  assert(Object.keys(byTokenId).length >= 3, `each token served: ${JSON.stringify(byTokenId)}`);
  // The probe of the upstream mode works with these tokens as well.
  assert(workspace.requests().some(({ path }) => path.startsWith("/ai-gateway/")));
  process.kill("SIGTERM");
  assert.equal((await process.ended()).code, 0);
  const files = await readAllFiles(home.folder);
  assert.deepEqual([...files.keys()].sort(), [
    ".config/keyturn/keys.json",
    ".config/keyturn/keys.json.lock",
  ]);
  assertUnseen(workspace, { process, texts: files.values(), secrets: [CLIENT.clientSecret] });
});

Deno.test("serve with an OAuth client neither follows nor changes the profile, nor needs its token", async () => {
  await using workspace = startWith({});
  await using home = await makeHome(workspace);
  const { DATABRICKS_HOST: _, ...env } = clientEnv(workspace.origin);
  await using process = await ServeProcess.start({ home: home.folder, env });
  const before = await Deno.readTextFile(home.profileFile);
  await (await process.chat("hello")).body?.cancel();
  const other = workspace.issue({ lifetimeMs: 3_600_000 });
  const changed = before.replace(home.given.value, other.value);
  await Deno.writeTextFile(home.profileFile, changed);
  const answer = await process.chat("hello");
  assert.equal(answer.status, 200);
  await answer.body?.cancel();
  const bearers = workspace.requests().flatMap(({ headers }) =>
    headers.filter(([name]) => name === "authorization").map(([, value]) => value)
  );
  for (const { value } of [home.given, other]) {
    assert(bearers.every((bearer) => !bearer.includes(value)));
  }
  process.kill("SIGTERM");
  assert.equal((await process.ended()).code, 0);
  assert.equal(await Deno.readTextFile(home.profileFile), changed);
  assert(workspace.tokens().every(({ state }) => state === "live"), "nothing is revoked");
});

Deno.test("serve with a client that is refused says so, and serves once it is let in", async () => {
  const clients: OauthClient[] = [];
  await using workspace = startWorkspace({ oauthClients: clients });
  await using home = await makeSourceHome();
  const env = clientEnv(workspace.origin);
  await using process = await ServeProcess.start({ home: home.folder, env });
  const refused = await until("it is refused", async () => {
    const response = await process.chat("hello");
    const text = await response.text();
    return text.includes("invalid_client") &&
      { status: response.status, headers: response.headers, text };
  });
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get("retry-after"), "5");
  assert.match(refused.text, /Check DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET/);
  const { credential } = await process.status();
  assert.equal(credential.state, "retrying");
  assert.match(credential.lastFailure ?? "", /answered 401 invalid_client/);
  clients.push(CLIENT);
  await until("it serves", async () => {
    const response = await process.chat("hello");
    await response.body?.cancel();
    return response.status === 200;
  });
  process.kill("SIGTERM");
  assert.equal((await process.ended()).code, 0);
  assertUnseen(workspace, { process, secrets: [CLIENT.clientSecret] });
});

Deno.test("serve with an OAuth client saves a request whose token was revoked", async () => {
  await using workspace = startWith({});
  await using home = await makeSourceHome();
  // With a host in the settings nothing of this file is of any use, so nothing is wrong with it.
  await Deno.writeTextFile(`${home.folder}/.databrickscfg`, "[DEFAULT]\n[DEFAULT]\ntoken\n");
  const env = clientEnv(workspace.origin);
  await using process = await ServeProcess.start({ home: home.folder, env });
  await (await process.chat("hello")).body?.cancel();
  for (const { id } of workspace.tokens()) workspace.revoke(id);
  const saved = await process.chat("hello");
  assert.equal(saved.status, 200, await saved.text());
  const { credential } = await process.status();
  assert.equal(credential.rotations, 1);
});

/** A source that hangs hangs alone: real processes. */

import assert from "node:assert/strict";
import { type OauthClient, startWorkspace } from "../demo/workspace.ts";
import { makeHome, ServeProcess } from "./support/serve_process.ts";
import { makeSourceHome } from "./support/source_home.ts";
import { until } from "./support/until.ts";

const HOUR_MS = 3_600_000;
const CLIENT: OauthClient = { clientId: "client-1", clientSecret: "dose0123456789abcdef0" };
const HANG = { match: { path: "/oidc/v1/token" }, action: { kind: "hang" } } as const;

function clientEnv(origin: string): Record<string, string> {
  return {
    DATABRICKS_HOST: origin,
    DATABRICKS_CLIENT_ID: CLIENT.clientId,
    DATABRICKS_CLIENT_SECRET: CLIENT.clientSecret,
  };
}

async function statusOf(process: ServeProcess): Promise<number> {
  const response = await process.chat("hello");
  await response.body?.cancel();
  return response.status;
}

/** Everything but the source answers. */
async function assertServes(process: ServeProcess): Promise<void> {
  for (let call = 0; call < 5; call++) assert.equal(await statusOf(process), 200);
  for (const path of ["/health", "/ready"]) {
    const response = await fetch(`${process.origin}${path}`);
    assert.equal(response.status, 200, await response.text());
  }
  assert.equal((await process.status()).credential.state, "live");
}

/** Asks for a rotation whose answer nobody waits for. */
async function beginRotation(process: ServeProcess): Promise<AbortController> {
  const headers = { authorization: `Bearer ${await process.key("operator")}` };
  const leave = new AbortController();
  const { signal } = leave;
  fetch(`${process.origin}/keyturn/rotate`, { method: "POST", headers, signal }).catch(() => {});
  return leave;
}

/** It ends in order, and before it would be killed. */
async function assertStops(process: ServeProcess): Promise<void> {
  process.kill("SIGTERM");
  const { code, signal } = await process.ended();
  assert.deepEqual([code, signal], [0, null]);
  const events = process.events().map(({ event }) => event);
  assert(events.includes("stopped"));
  assert(!events.includes("drain-deadline"));
}

Deno.test("a token endpoint that hangs delays nothing that has a live token, nor the end", async () => {
  await using workspace = startWorkspace({ oauthClients: [CLIENT] });
  await using home = await makeSourceHome();
  const env = { ...clientEnv(workspace.origin), PROXY_WORKERS: "2" };
  await using process = await ServeProcess.start({ home: home.folder, env });
  assert.equal(await statusOf(process), 200);
  const fault = workspace.fault(HANG);
  const rotation = await beginRotation(process);
  await until("it hangs", () => fault.hits() === 1);
  await assertServes(process);
  rotation.abort();
  await assertStops(process);
});

Deno.test("a token endpoint that hangs from the start leaves a service that says so, and ends", async () => {
  await using workspace = startWorkspace({ oauthClients: [CLIENT] });
  const fault = workspace.fault(HANG);
  await using home = await makeSourceHome();
  const env = clientEnv(workspace.origin);
  await using process = await ServeProcess.start({ home: home.folder, env });
  await until("it hangs", () => fault.hits() === 1);
  assert.equal(await (await fetch(`${process.origin}/health`)).text(), '{"status":"ok"}');
  const ready = await fetch(`${process.origin}/ready`);
  assert.equal(ready.status, 503, await ready.text());
  const { credential } = await process.status();
  assert.deepEqual([credential.state, credential.source], ["starting", "oauth"]);
  fault.remove();
  // After its timeout; whoever asks before is asked to come again.
  await until("it serves", async () => await statusOf(process) === 200);
  await assertStops(process);
});

Deno.test("a command that hangs delays nothing that has a live token, nor the end", async () => {
  await using workspace = startWorkspace();
  await using home = await makeSourceHome();
  const { value } = workspace.issue({ lifetimeMs: HOUR_MS });
  const command = await home.script("tool", `echo ${value}`);
  const env = { DATABRICKS_HOST: workspace.origin, CREDENTIAL_COMMAND: command };
  const task = "serve:command";
  await using process = await ServeProcess.start({ home: home.folder, task, env });
  assert.equal(await statusOf(process), 200);
  await home.script("tool", 'echo $$ >"${0%/*}/pid"', "exec sleep 600");
  const rotation = await beginRotation(process);
  const pid = await until("it hangs", async () => {
    const text = await Deno.readTextFile(`${home.folder}/pid`).catch(() => "");
    return text.endsWith("\n") && text.trim();
  });
  await assertServes(process);
  rotation.abort();
  await assertStops(process);
  await until("the command is gone", async () => {
    const text = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => "");
    return text === "" || /\) [ZX] /.test(text);
  });
});

Deno.test("a pipe that takes the place of a followed profile delays nothing, nor the end", async () => {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  await using process = await ServeProcess.start({ home: home.folder, env: { ROTATION: "off" } });
  await until("it follows", async () => {
    return (await process.status()).credential.state === "following";
  });
  await Deno.remove(home.profileFile);
  await new Deno.Command("mkfifo", { args: [home.profileFile] }).output();
  // The rotator looks at the file before it answers.
  const headers = { authorization: `Bearer ${await process.key("operator")}` };
  const rotated = await fetch(`${process.origin}/keyturn/rotate`, { method: "POST", headers });
  assert.match(await rotated.text(), /ROTATION=off/);
  assert.equal(await statusOf(process), 200);
  assert.equal((await process.status()).credential.source, "profile");
  const next = workspace.issue({ lifetimeMs: HOUR_MS });
  await Deno.writeTextFile(`${home.folder}/next`, profileOf(workspace.origin, next.value));
  await Deno.rename(`${home.folder}/next`, home.profileFile);
  assert.equal(await statusOf(process), 200);
  assert.equal(workspace.stats().byTokenId[next.tokenId], 1);
  await assertStops(process);
});

Deno.test("a writer that died over the token costs no request, and neither does its successor", async () => {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  await using process = await ServeProcess.start({ home: home.folder, env: { ROTATION: "off" } });
  await until("it follows", async () => {
    return (await process.status()).credential.tokenId === home.given.tokenId;
  });
  const next = workspace.issue({ lifetimeMs: HOUR_MS });
  const text = profileOf(workspace.origin, next.value);
  await Deno.writeTextFile(home.profileFile, text.slice(0, -10));
  // Taken as it is after a while, found dead, and given up for the one before.
  await until("it is tried", async () => {
    assert.equal(await statusOf(process), 200);
    return workspace.stats().inference.refused > 0;
  });
  for (let call = 0; call < 20; call++) assert.equal(await statusOf(process), 200);
  await Deno.writeTextFile(home.profileFile, text);
  assert.equal(await statusOf(process), 200);
  assert.equal(workspace.stats().byTokenId[next.tokenId], 1);
  await assertStops(process);
});

function profileOf(origin: string, token: string): string {
  return `; mine\n[DEFAULT]\nhost = ${origin}\ntoken = ${token}\n`;
}

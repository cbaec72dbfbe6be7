/**
 * The token API is down, in each way in which it can be, while requests go on: for most of a
 * token's life, and past it.
 */

import assert from "node:assert/strict";
import { type FaultAction, startWorkspace, type Workspace } from "../../demo/workspace.ts";
import { type Home, makeHome, ServeProcess, type Status } from "../support/serve_process.ts";
import { answer } from "../support/serving_scene.ts";
import { SteadyClient } from "../support/steady_client.ts";
import { until } from "../support/until.ts";

const LIFE_S = 10;
const PER_SECOND = 8;
const API = "/api/2.0/token";
const COMMENT = "coda-auto-rotated:outage";

/** Each kind of failure that the rotator tells apart, and how it may come. */
const OUTAGES: readonly { readonly what: string; readonly action: FaultAction }[] = [
  { what: "transient: 500", action: answer(500, { message: "oops" }) },
  { what: "transient: connections are reset", action: { kind: "reset" } },
  { what: "transient: answers never come", action: { kind: "hang" } },
  { what: "throttled", action: answer(429, { message: "slow" }, { "retry-after": "2" }) },
  { what: "throttled for an hour", action: answer(429, {}, { "retry-after": "3600" }) },
  { what: "malformed: a login page", action: { kind: "malformed" } },
  {
    what: "malformed: a redirect",
    action: { kind: "status", status: 302, headers: { location: "/login" } },
  },
  { what: "quota", action: answer(400, { error_code: "QUOTA_EXCEEDED", message: "600 tokens" }) },
  { what: "forbidden", action: answer(403, { error_code: "PERMISSION_DENIED", message: "No." }) },
  { what: "disabled", action: answer(404, { error_code: "FEATURE_DISABLED", message: "off" }) },
];

interface Stage extends AsyncDisposable {
  readonly workspace: Workspace;
  readonly home: Home;
  readonly process: ServeProcess;
  readonly client: SteadyClient;
}

async function openStage(env: Record<string, string> = {}): Promise<Stage> {
  const workspace = startWorkspace();
  const home = await makeHome(workspace);
  const process = await ServeProcess.start({
    home: home.folder,
    env: {
      CODA_INSTANCE_NAME: "outage",
      PAT_TOKEN_LIFETIME: String(LIFE_S),
      PAT_ROTATION_INTERVAL: String(LIFE_S / 2),
      LOG_LEVEL: "error",
      ...env,
    },
  });
  await until("it is well", async () => {
    const { credential } = await process.status();
    return credential.state === "live" && credential.rotations > 0 && hasSpare(credential, env);
  });
  const key = await process.key("pi");
  const client = new SteadyClient({ origin: process.origin, key, perSecond: PER_SECOND });
  return {
    workspace,
    home,
    process,
    client,
    [Symbol.asyncDispose]: async () => {
      await client.stop();
      await process[Symbol.asyncDispose]();
      await workspace.shutdown();
      await home[Symbol.asyncDispose]();
    },
  };
}

function hasSpare({ spare }: Status["credential"], env: Record<string, string>): boolean {
  return env.PAT_SPARE_LIFETIME === "0" || typeof spare?.tokenId === "string";
}

const seconds = (count: number) => new Promise((resolve) => setTimeout(resolve, count * 1_000));
const liveOwn = (workspace: Workspace) =>
  workspace.tokens().filter(({ state, comment }) => state === "live" && comment === COMMENT).length;

/** The token API fails from the next mint on, for so long. */
async function outage(stage: Stage, action: FaultAction, lengthS: number): Promise<void> {
  const { workspace, process } = stage;
  const { rotations } = (await process.status()).credential;
  // From the moment at which a token has just been made.
  await until("it rotates", async () => (await process.status()).credential.rotations > rotations);
  const fault = workspace.fault({ match: { path: API }, action });
  await seconds(lengthS);
  fault.remove();
}

/** All kinds at a time, each with a service of its own; says which ones went wrong, and how. */
async function forEachKind(check: (action: FaultAction) => Promise<void>): Promise<void> {
  const wrong: string[] = [];
  await Promise.all(OUTAGES.map(async ({ what, action }) => {
    try {
      await check(action);
    } catch (error) {
      wrong.push(`${what}: ${error instanceof Error ? error.message : error}`);
    }
  }));
  assert.deepEqual(wrong, []);
}

Deno.test("the token API is down for 80 % of a token's life, in ten ways: no request fails", async () => {
  await forEachKind(async (action) => {
    await using stage = await openStage();
    const { workspace, process, client } = stage;
    await outage(stage, action, LIFE_S * 0.8);
    await until(
      "it is well again",
      async () => (await process.status()).credential.state === "live",
    );
    await seconds(1);
    await client.stop();
    assert.deepEqual(client.failures, [], `of ${client.sent}`);
    assert(liveOwn(workspace) <= 4);
    await until("nothing is left over", () => liveOwn(workspace) === 2);
  });
});

Deno.test("down past the token's life, within the spare's, in ten ways: it recovers within 10 s", async () => {
  await forEachKind(async (action) => {
    await using stage = await openStage();
    const { workspace, process, client } = stage;
    await client.stop();
    await outage(stage, action, LIFE_S * 1.5);
    const backAt = performance.now();
    await until(
      "it is well again",
      async () => (await process.status()).credential.state === "live",
    );
    const tookMs = performance.now() - backAt;
    // The promise is 10 s: not how fast a machine is, but how long the pauses are.
    assert(tookMs <= 10_000, `it took ${Math.round(tookMs)} ms`);
    const answer = await process.chat("hello");
    assert.equal(answer.status, 200, await answer.text());
    await until("nothing is left over", () => liveOwn(workspace) === 2);
  });
});

Deno.test("a PAT is revoked behind our back under load: no request fails while there is a spare", async () => {
  await using stage = await openStage({ PAT_TOKEN_LIFETIME: "900", PAT_ROTATION_INTERVAL: "600" });
  const { workspace, process, client } = stage;
  for (let turn = 0; turn < 3; turn++) {
    const { tokenId } = (await process.status()).credential;
    assert(workspace.revoke(tokenId ?? ""));
    await until("another one serves", async () => {
      const { credential } = await process.status();
      return credential.state === "live" && credential.tokenId !== tokenId;
    });
  }
  await client.stop();
  assert.deepEqual(client.failures, [], `of ${client.sent}`);
  assert((await process.status()).requests.rescues > 0, "requests met it");
});

Deno.test("a PAT is revoked behind our back and the profile has another: no request fails", async () => {
  await using stage = await openStage({ PAT_SPARE_LIFETIME: "0" });
  const { workspace, home, process, client } = stage;
  const { tokenId } = (await process.status()).credential;
  const fresh = workspace.issue({ lifetimeMs: 3_600_000, comment: "pasted anew" });
  const text = await Deno.readTextFile(home.profileFile);
  await Deno.writeTextFile(home.profileFile, text.replace(/token = .*/, `token = ${fresh.value}`));
  workspace.revoke(tokenId ?? "");
  await until("an own one serves again", async () => {
    const { credential } = await process.status();
    return credential.state === "live" && credential.tokenId !== tokenId;
  });
  await client.stop();
  assert.deepEqual(client.failures, [], `of ${client.sent}`);
});

Deno.test("a PAT is revoked behind our back and nothing else is at hand: one clear 401 in each dialect", async () => {
  await using stage = await openStage({ PAT_SPARE_LIFETIME: "0" });
  const { workspace, process, client } = stage;
  await client.stop();
  const { tokenId } = (await process.status()).credential;
  workspace.revoke(tokenId ?? "");
  const key = await process.key("pi");
  const ask = async (path: string, body: unknown) => {
    const response = await fetch(`${process.origin}${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: await response.json() };
  };
  const chat = await ask("/v1/chat/completions", { model: "m", messages: [] });
  const anthropic = await ask("/v1/messages", { model: "m", messages: [], "max_tokens": 1 });
  const gemini = await ask("/gemini/v1beta/models/m:generateContent", { contents: [] });
  assert.deepEqual([chat.status, anthropic.status, gemini.status], [401, 401, 401]);
  for (const { body } of [chat, anthropic, gemini]) {
    assert.match(body.error.message, /create a personal access token in the workspace/);
  }
  assert.equal(chat.body.error.type, "authentication_error");
  assert.equal(anthropic.body.type, "error");
  assert.equal(gemini.body.error.status, "UNAUTHENTICATED");
});

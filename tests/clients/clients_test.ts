/** The Databricks SDKs for Python and JavaScript against the real service, across rotations. */

import assert from "node:assert/strict";
import { until } from "../support/until.ts";
import { Caller, type CallerProgram } from "./caller.ts";
import { installJavaScript, installPython } from "./install.ts";
import { Stage } from "./stage.ts";

const CLIENTS: readonly (readonly [agent: string, install: () => Promise<CallerProgram>])[] = [
  ["databricks-sdk-py", installPython],
  ["databricks-sdk-js", installJavaScript],
];

for (const [agent, install] of CLIENTS) {
  Deno.test(`${agent} goes on across two rotations in one process, by the metadata URL alone`, async () => {
    const program = await install();
    await using stage = await Stage.open();
    const env = await stage.envWithUrl();
    await using caller = new Caller(program, env);
    await caller.call("before", "metadata-service");
    const first = (await stage.status()).credential.tokenId;
    await stage.rotate();
    // It asks for a token when its own is 20 s old, so it comes with one that was replaced.
    await caller.call("between", "metadata-service");
    await stage.rotate();
    await caller.call("after", "metadata-service");
    assert.equal(stage.tokensOf(agent)[0], first);
    stage.checkSecrets(JSON.stringify([program, env]));
  });

  Deno.test(`${agent} reads the rotated profile, a new process each time`, async () => {
    const program = await install();
    await using stage = await Stage.open();
    const env = stage.envWithFile();
    const current: (string | null)[] = [];
    for (const question of ["before", "between", "after"]) {
      await using caller = new Caller(program, env);
      await caller.call(question, "pat");
      current.push((await stage.status()).credential.tokenId);
      await stage.rotate();
    }
    assert.equal(new Set(current).size, 3);
    assert.deepEqual(stage.tokensOf(agent), current);
    stage.checkSecrets(JSON.stringify([program, env]));
  });
}

Deno.test("both go on, call after call, while tokens that live for 20 s come and go", async () => {
  await using stack = new AsyncDisposableStack();
  const clock = { PAT_TOKEN_LIFETIME: "20", PAT_ROTATION_INTERVAL: "5" };
  const stage = stack.use(await Stage.open(clock));
  const env = await stage.envWithUrl();
  const callers: { agent: string; caller: Caller; tokens: Set<string> }[] = [];
  for (const [agent, install] of CLIENTS) {
    const caller = stack.use(new Caller(await install(), env));
    callers.push({ agent, caller, tokens: new Set() });
  }
  const isDead = (id: string | undefined) =>
    stage.workspace.tokens().some((token) => token.id === id && token.state !== "live");
  await until("the first token of each has died, and two more have come", async () => {
    for (const { agent, caller, tokens } of callers) {
      await caller.call("again", "metadata-service");
      for (const id of stage.tokensOf(agent)) tokens.add(id);
    }
    stage.workspace.clear();
    return callers.every(({ tokens }) => isDead([...tokens][0]) && tokens.size >= 3);
  }, { limitMs: 150_000 });
});

Deno.test("a client with an old metadata URL fails, and the log of the service says why", async () => {
  const program = await installPython();
  await using stage = await Stage.open();
  const env = await stage.envWithUrl();
  const url = `${stage.serve.origin}/metadata/of-an-earlier-start`;
  await using caller = new Caller(program, { ...env, DATABRICKS_METADATA_SERVICE_URL: url });
  const { error } = await caller.try("hello");
  assert.match(String(error), /Metadata Service returned empty token/);
  const event = stage.serve.events().find(({ event }) => event === "metadata-refused");
  assert.match(String(event?.reason), /new after each start/);
});

Deno.test("the service stops in time although clients hold what it handed out", async () => {
  const program = await installPython();
  await using stage = await Stage.open();
  await using caller = new Caller(program, await stage.envWithUrl());
  await caller.call("hello", "metadata-service");
  await stage.rotate();
  await until(
    "the replaced token is waited for",
    async () => (await stage.status()).credential.pendingRevocations === 1,
  );
  await caller.call("again", "metadata-service");
  stage.serve.kill("SIGTERM");
  assert.equal((await stage.serve.ended()).code, 0);
  assert.equal(stage.serve.events().at(-1)?.event, "stopped", stage.serve.stderr);
});

/**
 * Several processes on one profile: one rotates, the others follow the file, and one of them takes
 * over when the first is gone, however it went.
 */

import assert from "node:assert/strict";
import { startWorkspace, type Workspace } from "../demo/workspace.ts";
import { type Home, makeHome, ServeProcess } from "./support/serve_process.ts";
import { until } from "./support/until.ts";

const COMMENT = "coda-auto-rotated:pair";

interface Pair extends AsyncDisposable {
  readonly workspace: Workspace;
  readonly home: Home;
  /** The one that came first, and so rotates. */
  readonly first: ServeProcess;
  readonly second: ServeProcess;
}

const live = (workspace: Workspace) =>
  workspace.tokens().filter(({ state, comment }) => state === "live" && comment === COMMENT)
    .map(({ id }) => id);

async function stateOf(process: ServeProcess): Promise<string> {
  return (await process.status()).credential.state;
}

/** Two services on one home; the second one starts when the first has taken its place. */
async function openPair(env: Record<string, string> = {}): Promise<Pair> {
  const workspace = startWorkspace();
  const home = await makeHome(workspace);
  const options = { home: home.folder, env: { CODA_INSTANCE_NAME: "pair", ...env } };
  const first = await ServeProcess.start(options);
  await until("the first rotates", async () => await stateOf(first) === "live");
  const second = await ServeProcess.start(options);
  await until("the second follows", async () => await stateOf(second) === "following");
  return {
    workspace,
    home,
    first,
    second,
    [Symbol.asyncDispose]: async () => {
      await first[Symbol.asyncDispose]();
      await second[Symbol.asyncDispose]();
      await workspace.shutdown();
      await home[Symbol.asyncDispose]();
    },
  };
}

async function rotate(process: ServeProcess): Promise<{ status: number; text: string }> {
  const headers = { authorization: `Bearer ${await process.key("operator")}` };
  const signal = AbortSignal.timeout(20_000);
  const answer = await fetch(`${process.origin}/keyturn/rotate`, {
    method: "POST",
    headers,
    signal,
  });
  return { status: answer.status, text: await answer.text() };
}

async function serves(process: ServeProcess): Promise<boolean> {
  const answer = await process.chat("hello");
  await answer.body?.cancel();
  return answer.status === 200;
}

Deno.test("two processes: the second follows the first one's rotations, and says who rotates", async () => {
  await using pair = await openPair();
  const { workspace, first, second } = pair;
  for (let turn = 0; turn < 3; turn++) {
    const rotated = await rotate(first);
    assert.equal(rotated.status, 200, rotated.text);
    assert(await serves(second), "with the new token, from its next request on");
    assert(await serves(first));
  }
  assert.equal(workspace.stats().inference.refused, 0, "neither sent a dead token");
  const refused = await rotate(second);
  assert.equal(refused.status, 502);
  assert.match(refused.text, /Another Keyturn \(process \d+\) rotates the profile/);
  await until("only the serving one and the spare live", () => live(workspace).length === 2);
  const [one, other] = [(await first.status()).credential, (await second.status()).credential];
  await until(
    "both tell the same token",
    async () => (await second.status()).credential.tokenId === one.tokenId,
  );
  assert.equal(other.rotations, 0);
});

for (const signal of ["SIGKILL", "SIGTERM"] as const) {
  Deno.test(`two processes: the second takes over when the first ends by ${signal}`, async () => {
    await using pair = await openPair();
    const { workspace, home, first, second } = pair;
    const before = await Deno.readTextFile(home.profileFile);
    first.kill(signal);
    await first.ended();
    const { credential } = await until("it rotates", async () => {
      const status = await second.status();
      return status.credential.state === "live" && status;
    });
    assert.equal(await Deno.readTextFile(home.profileFile), before, "it adopts what is there");
    assert(await serves(second));
    const rotated = await rotate(second);
    assert.equal(rotated.status, 200, rotated.text);
    assert(await serves(second));
    await until("the first one's spare is gone as well", () => {
      const ids = live(workspace);
      return ids.length === 2 && !ids.includes(credential.tokenId ?? "");
    });
    // Whoever comes now comes second.
    await using third = await ServeProcess.start({
      home: home.folder,
      env: { CODA_INSTANCE_NAME: "pair" },
    });
    await until("it follows", async () => await stateOf(third) === "following");
    second.kill("SIGTERM");
    assert.equal((await second.ended()).code, 0);
    await until("and takes over in its turn", async () => await stateOf(third) === "live");
    assert(await serves(third));
  });
}

Deno.test("two processes on two profiles of one journal: the second says what to change", async () => {
  await using pair = await openPair();
  const { workspace, home } = pair;
  const other = workspace.issue({ lifetimeMs: 3_600_000, comment: "other profile" });
  const text = await Deno.readTextFile(home.profileFile);
  await Deno.writeTextFile(
    home.profileFile,
    `${text}\n[other]\nhost = ${workspace.origin}\ntoken = ${other.value}\n`,
  );
  const env = { CODA_INSTANCE_NAME: "pair", DATABRICKS_CONFIG_PROFILE: "other" };
  await using third = await ServeProcess.start({ home: home.folder, env });
  await until("it follows", async () => await stateOf(third) === "following");
  const line = await until(
    "it says so unasked",
    () => third.events().find(({ event }) => event === "following"),
  );
  assert.equal(line.level, "warn", "nobody rotates this profile");
  const refused = await rotate(third);
  assert.match(refused.text, /keeps its journal in .* for another profile/);
  assert.match(refused.text, /XDG_STATE_HOME/);
  assert(await serves(third), "meanwhile it serves with the token at hand");

  const state = { ...env, XDG_STATE_HOME: `${home.folder}/other-state`, CODA_INSTANCE_NAME: "two" };
  await using fourth = await ServeProcess.start({ home: home.folder, env: state });
  await until("with a folder of its own it rotates", async () => await stateOf(fourth) === "live");
});

/**
 * `kill -9` before each single thing that the rotator does to a file or asks of the workspace,
 * from the start of the service through its first rotation and its first spare; then a restart.
 * It serves, and nothing of its own is left over.
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { startWorkspace, type Workspace } from "../../demo/workspace.ts";
import { parseJournal } from "../../rotator/journal.ts";
import { type Home, makeHome, ServeProcess } from "../support/serve_process.ts";
import { until } from "../support/until.ts";

const SCRIPT = fileURLToPath(new URL("../support/dying_service.ts", import.meta.url));
const COMMENT = "coda-auto-rotated:crash";
const ENV = { CODA_INSTANCE_NAME: "crash" };
/** As many services at a time as the machine bears. */
const AT_A_TIME = 3;

interface Place extends AsyncDisposable {
  readonly workspace: Workspace;
  readonly home: Home;
  /** Ids of tokens that are not its own. */
  readonly others: readonly string[];
}

async function openPlace(): Promise<Place> {
  const workspace = startWorkspace();
  const home = await makeHome(workspace);
  const others = [
    { owner: "somebody@else.example", comment: COMMENT },
    { comment: `${COMMENT}2` },
    { comment: "my notebook" },
  ].map((seed) => workspace.issue({ lifetimeMs: null, ...seed }).tokenId);
  return {
    workspace,
    home,
    others,
    [Symbol.asyncDispose]: async () => {
      await workspace.shutdown();
      await home[Symbol.asyncDispose]();
    },
  };
}

/** Runs the service until it dies at `moment`; says what it was about to do. */
async function dieAt(moment: number, { home }: Place): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", SCRIPT, String(moment)],
    clearEnv: true,
    env: {
      PATH: "/usr/bin:/bin",
      HOME: home.folder,
      DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
      PROXY_PORT: "0",
      ...ENV,
    },
  }).output();
  const [said, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert.match(said ?? "", /^(died before|survived) .+\n$/, errors);
  return (said ?? "").trim();
}

async function assertRecovers({ workspace, home, others }: Place): Promise<void> {
  await using process = await ServeProcess.start({ home: home.folder, env: ENV });
  const answer = await process.chat("hello");
  assert.equal(answer.status, 200, await answer.text());
  // A rotation that is asked for would call off the making of the spare, whose end is then unknown.
  await until("it is well, and has its spare", async () => {
    const { state, spare } = (await process.status()).credential;
    return state === "live" && typeof spare?.tokenId === "string";
  });
  const headers = { authorization: `Bearer ${await process.key("operator")}` };
  const signal = AbortSignal.timeout(20_000);
  const rotated = await fetch(`${process.origin}/keyturn/rotate`, {
    method: "POST",
    headers,
    signal,
  });
  assert.equal(rotated.status, 200, await rotated.text());
  const live = () => workspace.tokens().filter(({ state }) => state === "live").map(({ id }) => id);
  // The serving one and the spare.
  await until("nothing is left over", () => live().length === others.length + 2);
  for (const id of others) assert(live().includes(id), "a token of somebody else lives");
  assert(!live().includes(home.given.tokenId), "nor is the one left that was pasted for it");
  const { credential } = await process.status();
  assert(live().includes(credential.tokenId ?? ""));
  process.kill("SIGTERM");
  assert.equal((await process.ended()).code, 0);
  assert.deepEqual(live().filter((id) => !others.includes(id)), [credential.tokenId]);
  const journal = parseJournal(
    await Deno.readTextFile(`${home.folder}/.local/state/keyturn/journal.json`),
  );
  assert.deepEqual(journal.tokens.map(({ id }) => id), [credential.tokenId]);
  assert.deepEqual([journal.intents, journal.condemned], [[], []]);
  const names = (await Array.fromAsync(Deno.readDir(home.folder))).map(({ name }) => name);
  assert(!names.some((name) => name.endsWith(".tmp")), "no half-written file is left");
}

Deno.test("kill -9 at each moment of a start, a rotation and a spare leaves nothing over", async (t) => {
  const survived = await (async () => {
    await using place = await openPlace();
    return await dieAt(Number.MAX_SAFE_INTEGER, place);
  })();
  const count = Number(/^survived (\d+) moments$/.exec(survived)?.[1]);
  assert(count > 40, `it does more than ${count} things`);
  const died: string[] = [];
  let next = 1;
  const work = async () => {
    for (let moment = next++; moment <= count; moment = next++) {
      await using place = await openPlace();
      const what = await dieAt(moment, place);
      try {
        await assertRecovers(place);
      } catch (cause) {
        throw new Error(`moment ${moment}, ${what}`, { cause });
      }
      died.push(what);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  assert.equal(died.length, count);
  // The whole persist step, call by call.
  for (
    const call of ["open .databrickscfg.tmp", "rename .databrickscfg.tmp", "/api/2.0/token/create"]
  ) {
    assert(died.includes(`died before ${call}`), `one died before ${call}`);
  }
  await t.step(`${count} moments`, () => {});
});

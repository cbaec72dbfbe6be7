/**
 * `kill -9` at every moment of a rotation, and a restart: it serves, and after the next rotation
 * no token of its own is left but the serving one.
 */

import assert from "node:assert/strict";
import { type FaultRule, startWorkspace, type Workspace } from "../demo/workspace.ts";
import { type Home, makeHome, ServeProcess } from "./support/serve_process.ts";
import { until } from "./support/until.ts";

const CREATE = "/api/2.0/token/create";
const LIST = "/api/2.0/token/list";
const DELETE = "/api/2.0/token/delete";
const COMMENT = "coda-auto-rotated:crash";

/** What is known when a rotation begins. */
interface Before {
  readonly minted: number;
  readonly requests: number;
  readonly profile: string;
}

interface Moment {
  readonly when: string;
  /** Holds the rotation there. */
  readonly fault: FaultRule | null;
  readonly isReached: (place: Place, before: Before) => boolean;
}

interface Place {
  readonly workspace: Workspace;
  readonly home: Home;
}

const asked = ({ workspace }: Place, path: string, before: Before) =>
  workspace.requests().slice(before.requests).some((request) => request.path.startsWith(path));
const hold = (path: string, when: "before" | "after"): FaultRule => ({
  match: { path },
  when,
  action: { kind: "hang" },
});

const MOMENTS: readonly Moment[] = [
  {
    when: "before the mint",
    fault: hold(CREATE, "before"),
    isReached: (place, before) => asked(place, CREATE, before),
  },
  {
    when: "after the mint, its reply not yet seen",
    fault: hold(CREATE, "after"),
    isReached: ({ workspace }, before) => workspace.stats().minted > before.minted,
  },
  {
    when: "while the new token is verified",
    fault: { match: { path: LIST, nth: 2 }, action: { kind: "hang" } },
    isReached: ({ workspace }) =>
      workspace.requests().some(({ path, status, aborted }) =>
        path === LIST && status === null && !aborted
      ),
  },
  {
    when: "while the profile is written",
    fault: null,
    isReached: ({ home }, before) =>
      isThere(`${home.profileFile}.tmp`) ||
      Deno.readTextFileSync(home.profileFile) !== before.profile,
  },
  {
    when: "before the old token is revoked",
    fault: hold(DELETE, "before"),
    isReached: (place, before) => asked(place, DELETE, before),
  },
  {
    when: "after the old token is revoked, the answer not yet seen",
    fault: hold(DELETE, "after"),
    isReached: (place, before) => asked(place, DELETE, before),
  },
];

for (const { when, fault, isReached } of MOMENTS) {
  Deno.test(`serve recovers from kill -9 ${when}`, async () => {
    await using workspace = startWorkspace();
    await using home = await makeHome(workspace);
    const others = [
      workspace.issue({ lifetimeMs: null, comment: COMMENT, owner: "somebody@else.example" }),
      workspace.issue({ lifetimeMs: null, comment: `${COMMENT}2` }),
      workspace.issue({ lifetimeMs: null, comment: "my notebook" }),
    ].map(({ tokenId }) => tokenId);
    const place = { workspace, home };
    const options = {
      home: home.folder,
      env: { CODA_INSTANCE_NAME: "crash", PAT_SPARE_LIFETIME: "0" },
    };

    // The first time the given token is replaced, the second time one of its own.
    await killAt(place, { fault, isReached, trigger: () => ServeProcess.start(options) });
    await using second = await ServeProcess.start(options);
    await assertRecovered(second, place, others);
    let answered: Promise<unknown> = Promise.resolve();
    await killAt(place, {
      fault,
      isReached,
      trigger: () => {
        // At most moments the answer will not come.
        answered = rotate(second).then((answer) => answer.text()).catch(() => {});
        return Promise.resolve(second);
      },
    });
    await answered;
    await using third = await ServeProcess.start(options);
    await assertRecovered(third, place, others);
    third.kill("SIGTERM");
    assert.equal((await third.ended()).code, 0);
  });
}

/** Has a rotation begun, and kills the process when it has come to the moment. */
async function killAt(
  place: Place,
  { fault, isReached, trigger }: Pick<Moment, "fault" | "isReached"> & {
    readonly trigger: () => Promise<ServeProcess>;
  },
): Promise<void> {
  const { workspace, home } = place;
  const before = {
    minted: workspace.stats().minted,
    requests: workspace.requests().length,
    profile: await Deno.readTextFile(home.profileFile),
  };
  // A rotation of a running service lists once less: nothing has to be adopted.
  const rule = before.minted > 0 && fault?.match?.nth !== undefined
    ? { ...fault, match: { ...fault.match, nth: 1 } }
    : fault;
  const armed = rule === null ? null : workspace.fault(rule);
  const process = await trigger();
  await until("the moment has come", () => isReached(place, before));
  process.kill("SIGKILL");
  assert.equal((await process.ended()).signal, "SIGKILL");
  armed?.remove();
}

async function assertRecovered(
  process: ServeProcess,
  { workspace, home }: Place,
  others: readonly string[],
): Promise<void> {
  const answer = await process.chat("hello");
  assert.equal(answer.status, 200, await answer.text());
  await until(
    "the chain is well",
    async () => (await process.status()).credential.state === "live",
  );
  const rotated = await rotate(process);
  assert.equal(rotated.status, 200, await rotated.text());
  const live = () => workspace.tokens().filter(({ state }) => state === "live").map(({ id }) => id);
  await until("one token is left", () => live().length === others.length + 1);
  for (const id of others) assert(live().includes(id), "a token of somebody else lives");
  const { credential } = await process.status();
  assert(live().includes(credential.tokenId ?? ""));
  assert(!live().includes(home.given.tokenId), "nor is the one left that was pasted for it");
}

async function rotate(process: ServeProcess): Promise<Response> {
  const headers = { authorization: `Bearer ${await process.key("operator")}` };
  const signal = AbortSignal.timeout(20_000);
  return await fetch(`${process.origin}/keyturn/rotate`, { method: "POST", headers, signal });
}

function isThere(path: string): boolean {
  try {
    return Deno.lstatSync(path).isFile;
  } catch {
    return false;
  }
}

/**
 * The machine sleeps for an hour, or somebody sets its clock: the first request after it succeeds,
 * and nobody is held for more than 10 s.
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { startWorkspace, type Workspace } from "../../demo/workspace.ts";
import { Relay } from "../support/chaos/relay.ts";
import { HOLD_MS } from "../support/chaos/supply.ts";
import { type Home, makeHome, ServeProcess } from "../support/serve_process.ts";
import { until } from "../support/until.ts";

const SCRIPT = fileURLToPath(new URL("../support/shifted_service.ts", import.meta.url));
const HOUR_MS = 3_600_000;

interface Stage extends AsyncDisposable {
  readonly workspace: Workspace;
  readonly home: Home;
  readonly process: ServeProcess;
  /** Its own token serves, and there is a spare. */
  readonly isWell: () => Promise<void>;
}

async function openStage(
  workspace: Workspace,
  options: {
    readonly host: string;
    readonly shift: "shift" | "none";
    env?: Record<string, string>;
  },
): Promise<Stage> {
  const home = await makeHome({ ...workspace, origin: options.host });
  await Deno.writeTextFile(`${home.folder}/shift`, "0");
  const process = await ServeProcess.start({
    home: home.folder,
    env: { CODA_INSTANCE_NAME: "suspend", LOG_LEVEL: "warn", ...options.env },
    ...(options.shift === "shift" ? { script: [SCRIPT, `${home.folder}/shift`] } : {}),
  });
  return {
    workspace,
    home,
    process,
    isWell: () =>
      until("it is well", async () => {
        const { state, spare, rotations } = (await process.status()).credential;
        return state === "live" && typeof spare?.tokenId === "string" && rotations > 0;
      }).then(() => {}),
    [Symbol.asyncDispose]: async () => {
      await process[Symbol.asyncDispose]();
      await workspace.shutdown();
      await home[Symbol.asyncDispose]();
    },
  };
}

/** The first request after it; the pool of this process is of no matter to the service's. */
async function assertServes({ process }: Stage): Promise<void> {
  const startedAt = performance.now();
  const answer = await process.chat("hello");
  assert.equal(answer.status, 200, await answer.text());
  const tookMs = performance.now() - startedAt;
  // The promise is how long a caller is held, whatever the machine takes besides.
  assert(tookMs <= HOLD_MS, `it was held for ${Math.round(tookMs)} ms`);
}

async function shiftClock({ process, home }: Stage, byMs: number): Promise<void> {
  const told = () => process.stdout.split("shifted").length;
  const before = told();
  await Deno.writeTextFile(`${home.folder}/shift`, String(byMs));
  process.kill("SIGUSR2");
  await until("all isolates have another clock", () => told() > before);
}

Deno.test("a process that is stopped past its token's life serves the first request after it", async () => {
  const workspace = startWorkspace();
  const env = { PAT_TOKEN_LIFETIME: "6", PAT_ROTATION_INTERVAL: "3" };
  await using stage = await openStage(workspace, { host: workspace.origin, shift: "none", env });
  await stage.isWell();
  const live = () => workspace.tokens().filter(({ state }) => state === "live").map(({ id }) => id);
  for (let turn = 0; turn < 2; turn++) {
    await assertServes(stage);
    const { tokenId } = (await stage.process.status()).credential;
    stage.process.kill("SIGSTOP");
    await until("its token is over", () => !live().includes(tokenId ?? ""));
    stage.process.kill("SIGCONT");
    await assertServes(stage);
  }
});

Deno.test("a machine that sleeps for an hour serves the first request after it, on connections that live", async () => {
  const world = { sleptMs: 0 };
  const workspace = startWorkspace({ now: () => Date.now() + world.sleptMs });
  await using relay = new Relay(workspace.port);
  await using stage = await openStage(workspace, { host: relay.origin, shift: "shift" });
  await stage.isWell();
  for (let turn = 0; turn < 2; turn++) {
    await assertServes(stage);
    // Whoever was at the other end has forgotten the connections meanwhile.
    relay.lose();
    world.sleptMs += HOUR_MS;
    await shiftClock(stage, HOUR_MS);
    await assertServes(stage);
    await stage.isWell();
  }
});

Deno.test("a clock that is set by hours, forward and back, costs no request", async () => {
  const workspace = startWorkspace();
  await using stage = await openStage(workspace, { host: workspace.origin, shift: "shift" });
  await stage.isWell();
  for (const hours of [5, -11, 3, -0.5]) {
    const before = (await stage.process.status()).credential;
    await shiftClock(stage, hours * HOUR_MS);
    await assertServes(stage);
    await until("another token serves", async () => {
      const { tokenId, state } = (await stage.process.status()).credential;
      return state === "live" && tokenId !== before.tokenId;
    });
  }
});

Deno.test("a clock that is set while nobody can make a token costs no request", async () => {
  const workspace = startWorkspace();
  await using stage = await openStage(workspace, { host: workspace.origin, shift: "shift" });
  await stage.isWell();
  const path = "/api/2.0/token";
  const fault = workspace.fault({ match: { path }, action: { kind: "status", status: 503 } });
  for (const hours of [5, -11]) {
    await shiftClock(stage, hours * HOUR_MS);
    const answer = await stage.process.chat("hello");
    assert.equal(answer.status, 200, await answer.text());
  }
  fault.remove();
});

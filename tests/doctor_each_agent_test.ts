/** `doctor` finds what is wrong with an agent by that agent's check, and says what to do. */

import assert from "node:assert/strict";
import { dirname } from "node:path";
import { AGENTS } from "../settings.ts";
import { AGENT_FAULTS, type AgentFault } from "./support/agent_faults.ts";
import { DoctorStage, troublesIn } from "./support/doctor_stage.ts";
import { runTask } from "./support/run_task.ts";

/** A stage on which every agent is set up, with a program of each name. */
async function openStage(): Promise<{ stage: DoctorStage; path: string }> {
  const stage = await DoctorStage.open();
  const { folder: home } = stage.home;
  const path = `${home}/bin`;
  await Deno.mkdir(path);
  for (const name of AGENTS) {
    await Deno.writeTextFile(`${path}/${name}`, "#!/bin/false\n", { mode: 0o755 });
  }
  const set = await runTask(["setup", "--all"], { home, env: stage.env });
  assert.equal(set.code, 0, set.stdout + set.stderr);
  return { stage, path };
}

/** Breaks what is to be broken, and says how to mend it. */
async function plant({ file, breaks }: AgentFault, stage: DoctorStage): Promise<() => unknown> {
  if (file === undefined || breaks === undefined) return () => {};
  const path = stage.path(file);
  const text = await Deno.readTextFile(path).catch(() => null);
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, breaks(text), { mode: 0o600 });
  return () => text === null ? Deno.remove(path) : Deno.writeTextFile(path, text);
}

Deno.test("doctor finds each fault of an agent by its check alone, and none in a healthy home", async (t) => {
  const { stage, path } = await openStage();
  await using _ = stage;
  assert.deepEqual(troublesIn(await stage.examine({ env: { PATH: path } })), [], "all is well");
  for (const fault of AGENT_FAULTS) {
    const { agent, what, outcome, seen, fix } = fault;
    await t.step(`${agent}: ${what}`, async () => {
      const mend = await plant(fault, stage);
      try {
        const report = await stage.examine({ env: { PATH: path, ...fault.env } });
        const troubles = troublesIn(report);
        assert.deepEqual(
          troubles.map(({ name, outcome }) => [name, outcome]),
          [[agent, outcome]],
          JSON.stringify(troubles),
        );
        assert.match(troubles[0]?.seen ?? "", seen);
        assert.match(troubles[0]?.fix ?? "", fix);
      } finally {
        await mend();
      }
    });
  }
  assert.deepEqual(troublesIn(await stage.examine({ env: { PATH: path } })), [], "all is mended");
});

Deno.test("at least two faults are planted for each agent that has no test of its own", () => {
  for (const name of AGENTS.filter((each) => each !== "hermes")) {
    const count = AGENT_FAULTS.filter(({ agent }) => agent === name).length;
    assert(count >= 2, `${name}: ${count}`);
  }
});

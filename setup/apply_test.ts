import assert from "node:assert/strict";
import { localKeyOf, wantedFor } from "../tests/support/agent_plan.ts";
import { FileMovedError } from "../support/replace_file.ts";
import { hermes } from "./agents/hermes.ts";
import { applyPlan, type PlannedFile } from "./apply.ts";
import { planAgent } from "./plan.ts";
import { readConfig } from "./read_config.ts";

Deno.test("applyPlan() leaves a config that changed after the plan was made", async () => {
  const home = await Deno.makeTempDir();
  try {
    for (const before of [null, "a: 1\n"]) {
      const path = `${home}/.hermes/config.yaml`;
      await Deno.mkdir(`${home}/.hermes`, { recursive: true });
      if (before !== null) await Deno.writeTextFile(path, before);
      const planned = await planIn(home);
      await Deno.writeTextFile(path, "a: 2\n");
      const options = { agent: "hermes", recordPath: `${home}/state/hermes.json` };
      await assert.rejects(applyPlan(planned, options), FileMovedError);
      assert.equal(await Deno.readTextFile(path), "a: 2\n");
      await assert.rejects(Deno.stat(options.recordPath), Deno.errors.NotFound);
      await Deno.remove(path);
    }
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("applyPlan() writes a key, and lets nobody else read it", async () => {
  const home = await Deno.makeTempDir();
  try {
    const planned = await planIn(home);
    await applyPlan(planned, { agent: "hermes", recordPath: `${home}/state/hermes.json` });
    const path = `${home}/.hermes/config.yaml`;
    assert.ok((await Deno.readTextFile(path)).includes(localKeyOf(hermes)));
    assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
    const record = JSON.parse(await Deno.readTextFile(`${home}/state/hermes.json`));
    assert.deepEqual(record.files[0].folders, [`${home}/.hermes`]);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("applyPlan() names a folder that is a link to nowhere, and writes nothing", async () => {
  const home = await Deno.makeTempDir();
  try {
    await Deno.symlink("away", `${home}/.hermes`);
    const planned = await planIn(home);
    const recordPath = `${home}/state/hermes.json`;
    await assert.rejects(
      applyPlan(planned, { agent: "hermes", recordPath }),
      /\.hermes.*is a symbolic link to "away", which is not there/,
    );
    await assert.rejects(Deno.stat(recordPath), Deno.errors.NotFound);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

async function planIn(home: string): Promise<readonly PlannedFile[]> {
  const [place] = hermes.files(home, {});
  assert.ok(place !== undefined);
  const file = await readConfig(place.path, { uid: null });
  const plan = planAgent(hermes, {
    files: [{ place, text: file.text }],
    wanted: { ...wantedFor(hermes), home },
  });
  return plan.files.map((each) => ({ plan: each, file }));
}

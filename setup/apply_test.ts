import assert from "node:assert/strict";
import { FileMovedError } from "../support/replace_file.ts";
import { makeKey } from "../support/keys_file.ts";
import { hermes } from "./agents/hermes.ts";
import { applyPlan, readConfig } from "./apply.ts";
import { planSetup } from "./plan.ts";

Deno.test("applyPlan() leaves a config that changed after the plan was made", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const before of [null, "a: 1\n"]) {
      const path = `${folder}/config.yaml`;
      if (before !== null) await Deno.writeTextFile(path, before);
      const plan = planSetup(hermes, {
        file: await readConfig(path),
        wanted: {
          proxyOrigin: "http://127.0.0.1:4000",
          key: makeKey("hermes", new Uint8Array(32)),
          model: null,
          fallbackModel: null,
          databricksHost: null,
          env: {},
        },
      });
      await Deno.writeTextFile(path, "a: 2\n");
      const options = { recordPath: `${folder}/state/hermes.json`, format: hermes.format };
      await assert.rejects(applyPlan(plan, options), FileMovedError);
      assert.equal(await Deno.readTextFile(path), "a: 2\n");
      await Deno.remove(path);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

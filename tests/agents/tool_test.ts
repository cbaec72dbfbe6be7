/** Every agent, as setup has configured it, calls its shell tool while the token rotates. */

import { AGENTS } from "../../settings.ts";
import { HEADLESS } from "./headless.ts";
import { holdSeen } from "./hold_seen.ts";
import { openHomeStage } from "./home_stage.ts";
import { installPrograms } from "./install.ts";
import { runAcrossRotation } from "./tool_run.ts";
import { VERSIONS } from "./versions.ts";

const { programs, missing } = await installPrograms();

for (const name of AGENTS) {
  const { version } = VERSIONS[name];
  const agent = HEADLESS.find((each) => each.name === name);
  const reason = agent === undefined ? "no way to run it is known" : missing[name];
  Deno.test({
    // A test that was left out says why in its name, which is all that is printed of it.
    name: `${name} ${version} answers with its tool's output across a rotation` +
      (reason === undefined ? "" : ` (cannot run here: ${reason})`),
    ignore: reason !== undefined,
    fn: async () => {
      if (agent === undefined) return;
      await using stage = await openHomeStage({ agents: [name], path: [programs.nodeFolder] });
      await runAcrossRotation({ agent, programs, stage, name });
      await holdSeen(name, { dialect: agent.dialect, "tool call": "yes" });
    },
  });
}

/** What agents do about troubles is what docs/agents.md says. */

import { HEADLESS } from "./headless.ts";
import { openHomeStage } from "./home_stage.ts";
import { installPrograms } from "./install.ts";
import { holdSeen } from "./hold_seen.ts";
import { meetTrouble } from "./trouble.ts";
import { TROUBLES } from "./troubles.ts";
import { VERSIONS } from "./versions.ts";

const { programs, missing } = await installPrograms();

for (const agent of HEADLESS) {
  const { name } = agent;
  const reason = missing[name];
  Deno.test({
    name: `${name} ${VERSIONS[name].version} meets troubles` +
      (reason === undefined ? "" : ` (cannot run here: ${reason})`),
    ignore: reason !== undefined,
    fn: async (t) => {
      await using stage = await openHomeStage({ agents: [name], path: [programs.nodeFolder] });
      for (const trouble of TROUBLES) {
        await t.step(trouble.column, async () => {
          const reaction = await meetTrouble(trouble, { agent, programs, stage });
          await holdSeen(name, { [trouble.column]: reaction });
        });
      }
    },
  });
}

/** What agents do about a dead token, a limit and a broken stream is what docs/agents.md says. */

import assert from "node:assert/strict";
import { HEADLESS } from "./headless.ts";
import { openHomeStage } from "./home_stage.ts";
import { installPrograms } from "./install.ts";
import { KNOWN } from "./known.ts";
import { meetTrouble } from "./trouble.ts";
import { VERSIONS } from "./versions.ts";

const { programs, missing } = await installPrograms();

for (const agent of HEADLESS) {
  const { name } = agent;
  const reason = missing[name];
  Deno.test({
    name: `${name} ${VERSIONS[name].version} meets a dead token, a limit and a broken stream` +
      (reason === undefined ? "" : ` (cannot run here: ${reason})`),
    ignore: reason !== undefined,
    fn: async () => {
      await using stage = await openHomeStage({ agents: [name], path: [programs.nodeFolder] });
      const known = KNOWN[name].reactions;
      const seen = await meetTrouble({ agent, programs, stage });
      assert.deepEqual(seen, known);
    },
  });
}

/** docs/agents.md is what the data says. `UPDATE_GOLDEN=1` writes it. */

import assert from "node:assert/strict";
import { AGENTS } from "../settings.ts";
import { COLUMNS, readSeen } from "./agents/seen.ts";
import { VERSIONS } from "./agents/versions.ts";
import { AGENTS_DOC, agentsDoc } from "./support/agents_doc.ts";

const REQUIREMENTS = new URL("agents/requirements.txt", import.meta.url);
/** What only a few agents were seen in. */
const RARE = "in a terminal";

Deno.test("docs/agents.md is made of what setup and the tests know", async () => {
  const text = agentsDoc(await readSeen());
  if (Deno.env.get("UPDATE_GOLDEN") === "1") await Deno.writeTextFile(AGENTS_DOC, text);
  assert.equal(await Deno.readTextFile(AGENTS_DOC), text);
});

Deno.test("each agent was seen in all that is asked, in the version that is tested", async () => {
  const seen = await readSeen();
  for (const name of AGENTS) {
    const row = seen[name] ?? {};
    assert.equal(row.version, VERSIONS[name].version, name);
    for (const column of COLUMNS.filter((each) => each !== RARE)) {
      assert(row[column] !== undefined, `${name}: nothing was seen of "${column}"`);
    }
  }
});

Deno.test("the version of Hermes is the same in both places", async () => {
  const { package: name, version } = VERSIONS.hermes;
  const lines = (await Deno.readTextFile(REQUIREMENTS)).split("\n");
  assert(lines.includes(`${name}==${version}`));
});

/** docs/agents.md is what the data says. `UPDATE_GOLDEN=1` writes it. */

import assert from "node:assert/strict";
import { fromFileUrl } from "../support/paths.ts";
import { VERSIONS } from "./agents/versions.ts";
import { agentsDoc } from "./support/agents_doc.ts";

const DOC = fromFileUrl(new URL("../docs/agents.md", import.meta.url));
const REQUIREMENTS = new URL("agents/requirements.txt", import.meta.url);

Deno.test("docs/agents.md is made of what setup and the tests know", async () => {
  const text = agentsDoc();
  if (Deno.env.get("UPDATE_GOLDEN") === "1") await Deno.writeTextFile(DOC, text);
  assert.equal(await Deno.readTextFile(DOC), text);
});

Deno.test("the version of Hermes is the same in both places", async () => {
  const { package: name, version } = VERSIONS.hermes;
  const lines = (await Deno.readTextFile(REQUIREMENTS)).split("\n");
  assert(lines.includes(`${name}==${version}`));
});

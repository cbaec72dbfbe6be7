/**
 * A home as the setups before Keyturn left it, with the workspace's token in every file, becomes
 * one that real agents run in, by one command.
 */

import assert from "node:assert/strict";
import { fromFileUrl } from "../../support/paths.ts";
import { type FileTree, mapTree, readTree } from "../support/file_tree.ts";
import { HEADLESS } from "./headless.ts";
import { type BareHome, openHomeStage } from "./home_stage.ts";
import { installPrograms } from "./install.ts";
import { runAcrossRotation } from "./tool_run.ts";

const UPSTREAM = fromFileUrl(new URL("../fixtures/setup/upstream/before", import.meta.url));
const upstream = await readTree(UPSTREAM);
const { programs, missing } = await installPrograms();

/** The fixture in this home: its token is the one that lives, and nothing in it leads outside. */
function former({ home, token }: BareHome): FileTree {
  return mapTree(upstream, (text) =>
    text.replaceAll("{{HOME}}", home)
      .replaceAll(/dapi[0-9a-f]{32}/g, token)
      .replaceAll("https://mcp.deepwiki.com", "http://127.0.0.1:9")
      .replaceAll('"npx"', '"false"'));
}

Deno.test("a home of the setups before, after setup --all, is one that agents run in", async (t) => {
  const path = [programs.nodeFolder];
  await using stage = await openHomeStage({ agents: "all", path, files: former });
  const { ".databrickscfg": profile, ...files } = await readTree(stage.home);
  assert.match(profile ?? "", /^token = dapi/m);
  for (const [path, text] of Object.entries(files)) {
    assert.doesNotMatch(text, /dapi[0-9a-f]{32}/, `${path} holds a token of the workspace`);
  }
  assert.match(files[".claude/settings.json"] ?? "", /mlflow-claude stop-hook/);
  for (const agent of HEADLESS.filter(({ name }) => name === "claude" || name === "hermes")) {
    const reason = missing[agent.name];
    await t.step({
      name: `${agent.name} answers in it` +
        (reason === undefined ? "" : ` (cannot run here: ${reason})`),
      ignore: reason !== undefined,
      fn: () => runAcrossRotation({ agent, programs, stage, name: `${agent.name}-moved` }),
    });
  }
});

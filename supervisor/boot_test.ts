import assert from "node:assert/strict";
import { parseSettings } from "../settings.ts";
import { grantsInputOf } from "./boot.ts";

Deno.test("grantsInputOf() names the file behind an agent's link, and the file itself where there is none", async () => {
  const home = await Deno.realPath(await Deno.makeTempDir());
  await Deno.mkdir(`${home}/.codex`);
  await Deno.mkdir(`${home}/.gemini/.env`, { recursive: true });
  await Deno.mkdir(`${home}/a,b`);
  await Deno.writeTextFile(`${home}/dotenv`, "");
  await Deno.writeTextFile(`${home}/a,b/models.json`, "");
  await Deno.symlink("../dotenv", `${home}/.codex/.env`);
  // A comma would make two entries of a permission list of one path.
  await Deno.mkdir(`${home}/.pi`);
  await Deno.symlink("../a,b", `${home}/.pi/agent`);
  const { agentFiles } = await grantsInputOf(parseSettings({ HOME: home }, null), null);
  await Deno.remove(home, { recursive: true });
  const targets = new Map(agentFiles.map(({ path, target }) => [path, target]));
  assert.equal(targets.size, 7);
  assert.equal(targets.get(`${home}/.codex/.env`), `${home}/dotenv`);
  for (const path of [".gemini/.env", ".pi/agent/models.json", ".claude/settings.json"]) {
    assert.equal(targets.get(`${home}/${path}`), `${home}/${path}`);
  }
});

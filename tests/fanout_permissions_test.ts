/** The fan-out with the permissions that the rotator has in `serve`, and no others. */

import assert from "node:assert/strict";
import type { FanoutReport } from "../rotator/fanout/fanout.ts";
import { parseSettings } from "../settings.ts";
import { grantsInputOf } from "../supervisor/boot.ts";
import { grantsForServe } from "../supervisor/grants.ts";
import { fromFileUrl } from "../support/paths.ts";
import { AgentHome, NEXT, OLD } from "./support/agent_home.ts";

async function runConfined(home: AgentHome): Promise<FanoutReport> {
  const root = fromFileUrl(new URL("..", import.meta.url));
  const settings = parseSettings({ HOME: home.folder }, null);
  const { supervisor } = grantsForServe(await grantsInputOf(settings, null));
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-q",
      "-P=serve",
      `--allow-read=${[...supervisor.read, root].join()}`,
      `--allow-write=${supervisor.write.join()}`,
      "tests/support/fanout_process.ts",
      home.folder,
    ],
    cwd: root,
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("the rotator's permissions are enough for all files, through links and of every format", async () => {
  await using home = await AgentHome.make({
    claude: `{"env": {"ANTHROPIC_AUTH_TOKEN": "${OLD}"}}`,
    hermes: `model:\n  api_key: ${OLD}\n`,
    pi: `{"providers": {"a": {"apiKey": "${NEXT}"}}}`,
  });
  await Deno.chmod(home.path("pi"), 0o644);
  await Deno.mkdir(`${home.folder}/.codex`);
  await Deno.writeTextFile(`${home.folder}/dotenv`, `OPENAI_API_KEY=${OLD}\n`);
  await Deno.symlink("../dotenv", home.path("codex"));
  // A link on the way there, not at its end.
  await Deno.mkdir(`${home.folder}/dotfiles`);
  await Deno.writeTextFile(`${home.folder}/dotfiles/.env`, `GEMINI_API_KEY=${OLD}\n`);
  await Deno.symlink("dotfiles", `${home.folder}/.gemini`);

  const { targets } = await runConfined(home);
  assert.deepEqual(targets.map(({ target, result, reason }) => [target, result, reason]), [
    ["claude", "updated", null],
    ["codex", "updated", null],
    ["gemini", "updated", null],
    ["opencode-auth", "absent", null],
    ["opencode", "absent", null],
    ["hermes", "updated", null],
    ["pi", "current", null],
  ]);
  assert.equal(await Deno.readTextFile(`${home.folder}/dotenv`), `OPENAI_API_KEY=${NEXT}\n`);
  assert.equal(await home.mode("pi"), 0o600);
});

import assert from "node:assert/strict";
import type { Environment } from "./places.ts";
import { AGENT_FOLDER_NAMES, findAgentFiles } from "./agent_files.ts";

const found = (env: Environment) =>
  Object.fromEntries(findAgentFiles("/h", env).map(({ target, path }) => [target, path]));

const DEFAULTS = {
  claude: "/h/.claude/settings.json",
  codex: "/h/.codex/.env",
  gemini: "/h/.gemini/.env",
  "opencode-auth": "/h/.local/share/opencode/auth.json",
  opencode: "/h/.config/opencode/opencode.json",
  hermes: "/h/.hermes/config.yaml",
  pi: "/h/.pi/agent/models.json",
};

Deno.test("findAgentFiles() looks below home when no variable says anything else", () => {
  assert.deepEqual(found({}), DEFAULTS);
  const blank = Object.fromEntries(AGENT_FOLDER_NAMES.map((name) => [name, " "]));
  assert.deepEqual(found(blank), DEFAULTS);
});

const MOVED: ReadonlyArray<readonly [name: string, target: string, path: string]> = [
  ["CLAUDE_CONFIG_DIR", "claude", "/x/settings.json"],
  ["CODEX_HOME", "codex", "/x/.env"],
  ["GEMINI_CLI_HOME", "gemini", "/x/.gemini/.env"],
  ["XDG_DATA_HOME", "opencode-auth", "/x/opencode/auth.json"],
  ["XDG_CONFIG_HOME", "opencode", "/x/opencode/opencode.json"],
  ["HERMES_HOME", "hermes", "/x/config.yaml"],
  ["PI_CODING_AGENT_DIR", "pi", "/x/models.json"],
];

Deno.test("findAgentFiles() moves the file of one agent when its variable is absolute", () => {
  for (const [name, target, path] of MOVED) {
    assert.deepEqual(found({ [name]: "/x/" }), { ...DEFAULTS, [target]: path });
  }
  assert.deepEqual(MOVED.map(([name]) => name).sort(), [...AGENT_FOLDER_NAMES].sort());
});

Deno.test("findAgentFiles() leaves a file out when its variable cannot be followed", () => {
  for (const [name, target] of MOVED) {
    for (const value of ["x", "./x", "~/x", "$HOME/x", "/a,b", "/a\nb"]) {
      const { [target]: _, ...others } = DEFAULTS as Record<string, string>;
      assert.deepEqual(found({ [name]: value }), others, value);
    }
  }
});

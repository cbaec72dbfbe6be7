/**
 * Where the agents' files are that can hold a workspace token: where the agents themselves look.
 *
 * @module
 */

import type { AgentFile, AgentFileName } from "../support/agent_file.ts";
import { assertNameable, type Environment } from "./places.ts";

/** The variables by which a person moves the agents' folders. */
export const AGENT_FOLDER_NAMES = [
  "CLAUDE_CONFIG_DIR",
  "CODEX_HOME",
  "GEMINI_CLI_HOME",
  "HERMES_HOME",
  "PI_CODING_AGENT_DIR",
  "XDG_CONFIG_HOME",
  "XDG_DATA_HOME",
] as const;

interface Place {
  readonly variable: (typeof AGENT_FOLDER_NAMES)[number];
  /** What the variable stands for, below home. */
  readonly folder: string;
  /** Below that. */
  readonly file: string;
}

const PLACES: Readonly<Record<AgentFileName, Place>> = {
  claude: { variable: "CLAUDE_CONFIG_DIR", folder: "/.claude", file: "settings.json" },
  codex: { variable: "CODEX_HOME", folder: "/.codex", file: ".env" },
  // It stands for the home folder itself
  // (https://github.com/google-gemini/gemini-cli/blob/v0.39.1/packages/core/src/utils/paths.ts).
  gemini: { variable: "GEMINI_CLI_HOME", folder: "", file: ".gemini/.env" },
  "opencode-auth": {
    variable: "XDG_DATA_HOME",
    folder: "/.local/share",
    file: "opencode/auth.json",
  },
  opencode: { variable: "XDG_CONFIG_HOME", folder: "/.config", file: "opencode/opencode.json" },
  hermes: { variable: "HERMES_HOME", folder: "/.hermes", file: "config.yaml" },
  pi: { variable: "PI_CODING_AGENT_DIR", folder: "/.pi/agent", file: "models.json" },
};

/**
 * The files, whether they are there or not. Left out are those whose variable is set to what is no
 * absolute path, since only the agent's own folder of work says what it means, or to a path that
 * a permission list cannot name.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { findAgentFiles } from "./agent_files.ts";
 *
 * const files = findAgentFiles("/home/me", { CODEX_HOME: "/srv/codex/", HERMES_HOME: "here" });
 * const paths = new Map(files.map(({ target, path }) => [target, path]));
 * assert.equal(paths.get("claude"), "/home/me/.claude/settings.json");
 * assert.equal(paths.get("codex"), "/srv/codex/.env");
 * assert.equal(paths.has("hermes"), false);
 * ```
 */
export function findAgentFiles(home: string, env: Environment): readonly AgentFile[] {
  const targets = Object.keys(PLACES) as AgentFileName[];
  return targets.flatMap((target) => {
    const { variable, folder, file } = PLACES[target];
    const moved = env[variable]?.trim() ?? "";
    const path = `${moved === "" ? home + folder : moved.replace(/\/+$/, "")}/${file}`;
    return isUsable(path) ? [{ target, path }] : [];
  });
}

function isUsable(path: string): boolean {
  try {
    assertNameable(path);
    return path.startsWith("/");
  } catch {
    return false;
  }
}

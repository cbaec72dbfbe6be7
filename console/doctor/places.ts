/**
 * Where the doctor looks beside the service's own files.
 *
 * @module
 */

/** What places depend on. */
export interface PlacesInput {
  /** Absolute, without a final slash. */
  readonly home: string;
  readonly profileFile: string;
  readonly agentFiles: readonly { readonly path: string }[];
}

/** Files that a shell reads before a person types anything. */
const SHELL_FILES = [
  ".bashrc",
  ".bash_profile",
  ".bash_login",
  ".profile",
  ".zshrc",
  ".zshenv",
  ".zprofile",
  ".zlogin",
  ".config/fish/config.fish",
  ".config/environment.d/databricks.conf",
  ".pam_environment",
  ".env",
  ".envrc",
] as const;

/** Files of agents in which people and earlier setups have put tokens, beside the managed ones. */
const AGENT_LEFTOVERS = [
  ".claude.json",
  ".codex/config.toml",
  ".codex/auth.json",
  ".gemini/settings.json",
  ".qwen/settings.json",
  ".qwen/.env",
  ".hermes/.env",
  ".hermes/auth.json",
  ".pi/agent/auth.json",
  ".pi/agent/settings.json",
] as const;

/** Files that shells read. */
export function shellFiles({ home }: Pick<PlacesInput, "home">): readonly string[] {
  return SHELL_FILES.map((name) => `${home}/${name}`);
}

/** Agents' files in which a workspace token can lie. */
export function tokenFiles({ home, agentFiles }: PlacesInput): readonly string[] {
  const managed = agentFiles.map(({ path }) => path);
  return [...new Set([...managed, ...AGENT_LEFTOVERS.map((name) => `${home}/${name}`)])];
}

/** Where the Databricks CLI leaves what the profile file held before it wrote. */
export function backupOf({ profileFile }: Pick<PlacesInput, "profileFile">): string {
  return `${profileFile}.bak`;
}

/**
 * All files that are read for no other reason, for the permissions.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { placesToRead } from "./places.ts";
 *
 * const places = placesToRead({ home: "/home/me", profileFile: "/p", agentFiles: [] });
 * assert(places.includes("/home/me/.bashrc"));
 * assert(places.includes("/p.bak"));
 * ```
 */
export function placesToRead(input: PlacesInput): readonly string[] {
  return [...shellFiles(input), ...tokenFiles(input), backupOf(input)];
}

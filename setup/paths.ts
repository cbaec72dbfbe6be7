/**
 * Which paths setup may touch, for the permissions of its process.
 *
 * @module
 */

import type { Settings } from "../settings.ts";
import { ConfigError } from "../support/errors.ts";
import type { Agent, ConfigPlace, Env } from "./agents/agent.ts";
import { AGENTS } from "./agents/all.ts";
import { readRecord } from "./apply.ts";

/** Absolute paths. */
export interface SetupPaths {
  /** Files that setup may write. */
  readonly own: readonly string[];
  /** Files that it only reads. */
  readonly looked: readonly string[];
}

/** The files of all agents. */
export function setupPaths({ home }: Pick<Settings, "home">, env: Env): SetupPaths {
  const places = AGENTS.flatMap((agent) => placesOf(agent, { home, env }));
  const pathsOf = (use: "own" | "look") =>
    places.filter((place) => place.use === use).map(({ path }) => path);
  return { own: pathsOf("own"), looked: pathsOf("look") };
}

/** What is wrong with a place is for the command to tell, with every other problem. */
function placesOf(
  { files }: Agent,
  { home, env }: { readonly home: string; readonly env: Env },
): readonly ConfigPlace[] {
  try {
    return files(home, env);
  } catch (error) {
    if (error instanceof ConfigError) return [];
    throw error;
  }
}

/** Folders that setup made, which `--undo` removes once they are empty. */
export async function madeFolders(
  { stateFolder }: Pick<Settings, "stateFolder">,
): Promise<readonly string[]> {
  const folders = await Promise.all(AGENTS.map(async ({ name }) => {
    // A record that cannot be read is for the command to tell.
    const record = await readRecord(`${stateFolder}/setup/${name}.json`).catch(() => null);
    return record?.files.flatMap(({ folders }) => folders) ?? [];
  }));
  return [...new Set(folders.flat())];
}

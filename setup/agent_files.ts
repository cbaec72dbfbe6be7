/**
 * All files of an agent at once.
 *
 * @module
 */

import { ConfigError, type Problem } from "../support/errors.ts";
import type { ConfigPlace } from "./agents/agent.ts";
import type { PlannedFile } from "./apply.ts";
import { type ConfigFile, isOpen, readConfig, type Reader } from "./read_config.ts";

/** A file, `null` if it is only looked at and cannot be read. */
export interface Loaded {
  /** Where it is. */
  readonly place: ConfigPlace;
  /** What it is. */
  readonly file: ConfigFile | null;
}

/**
 * Reads all `places`.
 *
 * @throws {ConfigError} that names each one that is ours to change and must be left alone.
 */
export async function loadFiles(
  places: readonly ConfigPlace[],
  reader: Reader,
): Promise<readonly Loaded[]> {
  const loaded: Loaded[] = [];
  const problems: Problem[] = [];
  for (const place of places) {
    try {
      loaded.push({ place, file: await readConfig(place.path, reader) });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      if (place.use === "own") problems.push(...error.problems);
      else loaded.push({ place, file: null });
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return loaded;
}

/** Takes the right to read a file that holds a key from everybody but its owner. */
export async function closeFile({ plan, file }: PlannedFile): Promise<void> {
  if (plan.changes.length > 0 || plan.holds === "no key" || !isOpen(file.mode)) return;
  await Deno.chmod(file.path, 0o600);
}

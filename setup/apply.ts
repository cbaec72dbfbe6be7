/**
 * Writing what a plan says, and the record of it.
 *
 * @module
 */

import { dirname } from "node:path";
import { ConfigError, describeError } from "../support/errors.ts";
import { FileMovedError, readIfThere, replaceFile } from "../support/replace_file.ts";
import type { FilePlan } from "./plan.ts";
import type { ConfigFile } from "./read_config.ts";
import { parseRecord, renderRecord } from "./undo_file.ts";
import { type UndoRecord, withApplied } from "./undo_record.ts";

/** A file's plan, and the file that it was made of. */
export interface PlannedFile {
  /** What to write. */
  readonly plan: FilePlan;
  /** What was read. */
  readonly file: ConfigFile;
}

/**
 * Writes one agent's files: what `--undo` needs first, then each file. A file that holds a key is
 * the owner's alone afterwards; another keeps its mode.
 *
 * @throws {FileMovedError} if a file is no longer what its plan was made of; none is written then.
 */
export async function applyPlan(
  planned: readonly PlannedFile[],
  { agent, recordPath }: { readonly agent: string; readonly recordPath: string },
): Promise<void> {
  const changed = planned.filter(({ plan }) => plan.changes.length > 0);
  for (const { plan } of changed) await refuseMoved(plan);
  for (const { plan, file } of changed) {
    const folders = await missingFolders(plan.place.path);
    const applied = { plan, mode: file.mode, folders };
    await changeRecord(recordPath, (record) => withApplied(record, { applied, agent }));
    // A folder that is there may not be made: permissions name none but those that are missing.
    for (const folder of folders) await Deno.mkdir(folder, { mode: 0o700 });
    const mode = plan.holds === "key" ? 0o600 : file.mode ?? 0o600;
    await replaceFile(plan.place.path, plan.after ?? "", { mode, expected: plan.before });
  }
}

async function refuseMoved({ place: { path }, before }: FilePlan): Promise<void> {
  if (await readIfThere(path) !== before) throw new FileMovedError(path);
}

/** Folders above `path` that are not there, outermost first. */
async function missingFolders(path: string): Promise<readonly string[]> {
  const folder = dirname(path);
  if (folder === dirname(folder) || await isThere(folder)) return [];
  return [...await missingFolders(folder), folder];
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    // What may not even be looked at is there: permissions name every folder that is missing.
    if (error instanceof Deno.errors.NotCapable) return true;
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  await refuseDeadLink(path);
  return false;
}

/** In the place of a link that leads nowhere no folder can be made. */
async function refuseDeadLink(path: string): Promise<void> {
  const target = await Deno.readLink(path).catch(() => null);
  if (target === null) return;
  const message = `is a symbolic link to "${target}", which is not there; ` +
    "make that folder or remove the link";
  throw new ConfigError([{ name: path, message }]);
}

/**
 * The undo record in `path`, `null` where there is none.
 *
 * @throws {Error} that names the file, if it is not one that setup wrote.
 */
export async function readRecord(path: string): Promise<UndoRecord | null> {
  const text = await readIfThere(path);
  return text === null ? null : parseNamed(path, text);
}

/** Replaces the undo record in `path` by what `change` makes of it; `null` removes the file. */
export async function changeRecord(
  path: string,
  change: (record: UndoRecord | null) => UndoRecord | null,
): Promise<void> {
  const text = await readIfThere(path);
  const changed = change(text === null ? null : parseNamed(path, text));
  if (changed === null) {
    if (text !== null) await Deno.remove(path);
    return;
  }
  await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await replaceFile(path, renderRecord(changed), { mode: 0o600, expected: text });
}

function parseNamed(path: string, text: string): UndoRecord {
  try {
    return parseRecord(text);
  } catch (error) {
    throw new Error(
      `Cannot read what --undo needs in "${path}": ${describeError(error)}. ` +
        "Remove the file to go on without the values from before",
      { cause: error },
    );
  }
}

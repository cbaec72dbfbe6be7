/**
 * Reading an agent's config, and writing what a plan says.
 *
 * @module
 */

import { dirname } from "node:path";
import { describeError } from "../support/errors.ts";
import { readIfThere, replaceFile } from "../support/replace_file.ts";
import type { TextFormat } from "../formats/format.ts";
import type { Plan } from "./plan.ts";
import { parseRecord, renderRecord, type UndoRecord, withPlan } from "./undo_record.ts";

/** A config as it lies there. */
export interface ConfigFile {
  /** Its absolute path. */
  readonly path: string;
  /** Its text, byte order mark included; `null` if there is no such file. */
  readonly text: string | null;
  /** `open`: others than the owner may read or write it. */
  readonly access: "closed" | "open";
}

/** Reads a config. What is not UTF-8 is refused: written again it would lose bytes. */
export async function readConfig(path: string): Promise<ConfigFile> {
  try {
    const bytes = await Deno.readFile(path);
    const { mode } = await Deno.stat(path);
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return { path, text, access: ((mode ?? 0) & 0o077) === 0 ? "closed" : "open" };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { path, text: null, access: "closed" };
    const reason = error instanceof TypeError ? "it is not UTF-8" : describeError(error);
    throw new Error(`Cannot read "${path}": ${reason}`, { cause: error });
  }
}

/**
 * Writes `plan`: what `--undo` needs first, then the config. The config is the owner's alone
 * afterwards, since it holds a key.
 *
 * @throws {FileMovedError} if the config is no longer what the plan was made of.
 */
export async function applyPlan(
  plan: Plan,
  { recordPath, format }: { readonly recordPath: string; readonly format: TextFormat },
): Promise<void> {
  await changeRecord(recordPath, (record) => withPlan(record, { plan, format }));
  await Deno.mkdir(dirname(plan.path), { recursive: true, mode: 0o700 });
  await replaceFile(plan.path, plan.after, { mode: 0o600, expected: plan.before });
}

/** Takes the right to read `file` from everybody but its owner. */
export async function closeConfig(file: ConfigFile): Promise<void> {
  await Deno.chmod(file.path, 0o600);
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

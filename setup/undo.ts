/**
 * Taking back what setup did to one file.
 *
 * @module
 */

import { FormatError } from "../formats/format.ts";
import { ConfigError } from "../support/errors.ts";
import { replaceFile } from "../support/replace_file.ts";
import type { ConfigPlace } from "./agents/agent.ts";
import { changeRecord, readRecord } from "./apply.ts";
import { readConfig, type Reader } from "./read_config.ts";
import { planUndo, type UndoPlan } from "./undo_plan.ts";
import { findFile, type RecordedFile, withoutFile } from "./undo_record.ts";

/** What is to be undone. */
export interface UndoTarget {
  /** The agent's name. */
  readonly agent: string;
  /** The file. */
  readonly place: ConfigPlace;
  /** Where setup noted what was there before. */
  readonly recordPath: string;
  /** Who runs this. */
  readonly reader: Reader;
}

/** What undo did, or would do. */
export type UndoOutcome =
  /** Setup changed nothing here, or all of it has been undone. */
  | { readonly outcome: "nothing" }
  /** The file is gone, and with it what could be undone. */
  | { readonly outcome: "gone" }
  /** `before` is the text that `plan` was made of. */
  | { readonly outcome: "undone"; readonly before: string; readonly plan: UndoPlan };

/**
 * Puts back what still is as setup left it and forgets the rest. With `mode` `dry-run` nothing
 * is written.
 *
 * @throws {ConfigError} if the file can no longer be edited; then the record is kept.
 */
export async function undoFile(
  target: UndoTarget,
  { mode }: { readonly mode: "write" | "dry-run" },
): Promise<UndoOutcome> {
  const { agent, place: { path, format }, recordPath, reader } = target;
  const recorded = findFile(await readRecord(recordPath), path);
  if (recorded === null) return { outcome: "nothing" };
  const file = await readConfig(path, reader);
  const { text } = file;
  const plan = text === null
    ? null
    : named(path, () => planUndo(recorded, { text, agent, format }));
  if (mode === "write") {
    if (text !== null && plan !== null) await writeUndo(recorded, { text, plan, now: file.mode });
    await changeRecord(recordPath, (record) => record === null ? null : withoutFile(record, path));
  }
  if (text === null || plan === null) return { outcome: "gone" };
  return { outcome: "undone", before: text, plan };
}

function named(path: string, plan: () => UndoPlan): UndoPlan {
  try {
    return plan();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new ConfigError([{ name: path, message: `cannot be edited: ${error.message}` }]);
  }
}

async function writeUndo(
  { path, mode, folders }: RecordedFile,
  { text, plan, now }: {
    readonly text: string;
    readonly plan: UndoPlan;
    readonly now: number | null;
  },
): Promise<void> {
  if (plan.after === null) {
    await Deno.remove(path);
    for (const folder of folders.toReversed()) await removeEmpty(folder);
    return;
  }
  // What is left holds no key of ours, so it is as open as it was.
  const wanted = mode ?? now ?? 0o600;
  if (plan.after === text && wanted === now) return;
  await replaceFile(path, plan.after, { mode: wanted, expected: text });
}

/** A folder that somebody has put something into stays. */
async function removeEmpty(folder: string): Promise<void> {
  try {
    await Deno.remove(folder);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return;
    if (isNotEmpty(error) || error instanceof Deno.errors.NotFound) return;
    throw error;
  }
}

function isNotEmpty(error: unknown): boolean {
  return error instanceof Error && "code" in error &&
    (error.code === "ENOTEMPTY" || error.code === "EEXIST");
}

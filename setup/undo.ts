/**
 * Taking back what setup did to one config.
 *
 * @module
 */

import { replaceFile } from "../support/replace_file.ts";
import { changeRecord, readConfig, readRecord } from "./apply.ts";
import type { TextFormat } from "../formats/format.ts";
import { planUndo, type UndoPlan } from "./undo_plan.ts";
import { findFile, withoutFile } from "./undo_record.ts";

/** What is to be undone. */
export interface UndoTarget {
  /** The agent's name. */
  readonly agent: string;
  /** Its config. */
  readonly path: string;
  /** Where setup noted what was there before. */
  readonly recordPath: string;
  /** Format of the config. */
  readonly format: TextFormat;
}

/** What undo did, or would do. */
export type UndoOutcome =
  /** Setup changed nothing here, or all of it has been undone. */
  | { readonly outcome: "nothing" }
  /** The config is gone, and with it what could be undone. */
  | { readonly outcome: "gone" }
  /** `before` is the text that `plan` was made of. */
  | { readonly outcome: "undone"; readonly before: string; readonly plan: UndoPlan };

/**
 * Puts back what still is as setup left it and forgets the rest. With `mode` `dry-run` nothing
 * is written.
 *
 * @throws {FormatError} if the config can no longer be edited; then the record is kept.
 */
export async function undoConfig(
  target: UndoTarget,
  { mode }: { readonly mode: "write" | "dry-run" },
): Promise<UndoOutcome> {
  const { agent, path, recordPath, format } = target;
  const file = findFile(await readRecord(recordPath), path);
  if (file === null) return { outcome: "nothing" };
  const { text } = await readConfig(path);
  const plan = text === null ? null : planUndo(file, { text, agent, format });
  if (mode === "write") {
    if (text !== null && plan !== null) await writeUndo(path, { text, plan });
    await changeRecord(recordPath, (record) => record === null ? null : withoutFile(record, path));
  }
  if (text === null || plan === null) return { outcome: "gone" };
  return { outcome: "undone", before: text, plan };
}

async function writeUndo(
  path: string,
  { text, plan }: { readonly text: string; readonly plan: UndoPlan },
): Promise<void> {
  if (plan.after === null) return await Deno.remove(path);
  if (plan.after === text) return;
  await replaceFile(path, plan.after, { mode: 0o600, expected: text });
}

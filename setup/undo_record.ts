/**
 * What `--undo` needs to know: for each file that setup changed, the values before and the values
 * that it set. Holds no secret: of one it only says that there was one.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { type Look, pathText, valueAt, type ValuePath } from "../formats/format.ts";
import { holdsSecret } from "../formats/redact.ts";
import type { FilePlan } from "./plan.ts";
import { isSameValue } from "./same_value.ts";

/** What stood at a path before the first setup. */
export type Before = Look | {
  /** A secret, which is not kept. */
  readonly state: "secret";
};

/** What setup made of a value. */
export type SetValue =
  | { readonly is: "value"; readonly value: unknown }
  /** The agent's local key, whichever it was then. */
  | { readonly is: "key" }
  /** It took the value away. */
  | { readonly is: "nothing" };

/** One value that setup changed. */
export interface RecordedValue {
  /** Where. */
  readonly path: ValuePath;
  /** To what. */
  readonly set: SetValue;
  /** What stood there before. */
  readonly before: Before;
}

/** All that setup did to one file. */
export interface RecordedFile {
  /** The file. */
  readonly path: string;
  /** SHA-256 (hex) of the text that setup made where no file was, `null` if there was one. */
  readonly madeSha256: string | null;
  /** Permission bits before, `null` if there was no file. */
  readonly mode: number | null;
  /** Folders that were made for it, outermost first. */
  readonly folders: readonly string[];
  /** Its values. */
  readonly values: readonly RecordedValue[];
}

/** `<state folder>/setup/<agent>.json`: an agent has files in each home that it was set up in. */
export interface UndoRecord {
  /** The files, in the order of their first setup. */
  readonly files: readonly RecordedFile[];
}

/** What is known of a file at the moment in which a plan is written. */
export interface AppliedFile {
  /** What is written. */
  readonly plan: FilePlan;
  /** Permission bits before, `null` if there is no file. */
  readonly mode: number | null;
  /** Folders that are to be made, outermost first. */
  readonly folders: readonly string[];
}

/** Whether `value` is the local key that setup gave to `agent`, an old one included. */
export function isLocalKey(value: unknown, agent: string): boolean {
  return typeof value === "string" && value.startsWith(`kt_${agent}_`);
}

/** SHA-256 of a text in hex. */
export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** What `record` says of the file at `path`, `null` if nothing. */
export function findFile(record: UndoRecord | null, path: string): RecordedFile | null {
  return record?.files.find((file) => file.path === path) ?? null;
}

/** `record` without the file at `path`, `null` if it was the last one. */
export function withoutFile(record: UndoRecord, path: string): UndoRecord | null {
  const files = record.files.filter((file) => file.path !== path);
  return files.length === 0 ? null : { files };
}

/**
 * `record` with what is done to one file. What a first setup noted as the value before stays,
 * where the value that a second setup meets is the first one's own.
 */
export function withApplied(
  record: UndoRecord | null,
  { applied, agent }: { readonly applied: AppliedFile; readonly agent: string },
): UndoRecord {
  const { plan: { place, before, after }, mode, folders } = applied;
  // A file that is gone takes its history along.
  const old = before === null ? null : findFile(record, place.path);
  const file: RecordedFile = {
    path: place.path,
    madeSha256: isOwnText(before, old) ? sha256(after ?? "") : old?.madeSha256 ?? null,
    mode: old === null ? mode : old.mode,
    folders: [...(old?.folders ?? []), ...folders],
    values: mergeValues(old?.values ?? [], { applied, agent }),
  };
  const others = record?.files.filter(({ path }) => path !== place.path) ?? [];
  return { files: [...others, file] };
}

/** Whether setup wrote the whole text, or is the first to write one. */
function isOwnText(text: string | null, file: RecordedFile | null): boolean {
  return text === null || (file !== null && file.madeSha256 === sha256(text));
}

interface Merge {
  readonly applied: AppliedFile;
  readonly agent: string;
}

function mergeValues(
  old: readonly RecordedValue[],
  { applied: { plan }, agent }: Merge,
): readonly RecordedValue[] {
  const { place: { format }, before, after, changes } = plan;
  const current = before === null ? undefined : format.parse(before);
  const wanted = after === null ? undefined : format.parse(after);
  const byPath = new Map(old.map((value) => [pathText(value.path), value]));
  for (const { path } of changes) {
    const first = byPath.get(pathText(path));
    const isStill = first !== undefined && isAsSet(first, { current, agent });
    byPath.set(pathText(path), {
      path,
      set: setValue(valueAt(wanted, path), agent),
      before: isStill ? first.before : valueBefore(plan, { path, current }),
    });
  }
  return Array.from(byPath.values());
}

function setValue(value: unknown, agent: string): SetValue {
  if (value === undefined) return { is: "nothing" };
  return isLocalKey(value, agent) ? { is: "key" } : { is: "value", value };
}

/** Whether a value still is what setup made of it. */
export function isAsSet(
  { path, set }: Pick<RecordedValue, "path" | "set">,
  { current, agent }: { readonly current: unknown; readonly agent: string },
): boolean {
  const found = valueAt(current, path);
  switch (set.is) {
    case "key":
      return isLocalKey(found, agent);
    case "nothing":
      return found === undefined;
    case "value":
      return isSameValue(found, set.value);
  }
}

function valueBefore(
  { place: { format }, before }: FilePlan,
  { path, current }: { readonly path: ValuePath; readonly current: unknown },
): Before {
  if (before === null) return { state: "absent", since: 1 };
  return holdsSecret(path, valueAt(current, path))
    ? { state: "secret" }
    : format.look(before, path);
}

/**
 * What `--undo` needs to know: for each config that setup changed, the values before and the
 * values that it set. Holds no secret: of one it only says that there was one.
 *
 * @module
 */

import { createHash } from "node:crypto";
import * as v from "valibot";
import {
  type Look,
  pathText,
  type TextFormat,
  valueAt,
  type ValuePath,
} from "../formats/format.ts";
import type { Plan } from "./plan.ts";
import { holdsSecret } from "../formats/redact.ts";

const PATH = v.array(v.union([v.string(), v.pipe(v.number(), v.integer(), v.minValue(0))]));

const BEFORE = v.variant("state", [
  v.strictObject({ state: v.literal("value"), source: v.string() }),
  v.strictObject({ state: v.literal("absent"), since: v.pipe(v.number(), v.minValue(0)) }),
  v.strictObject({ state: v.literal("secret") }),
]);

const RECORD = v.strictObject({
  version: v.literal(1),
  files: v.array(v.strictObject({
    path: v.string(),
    madeSha256: v.nullable(v.string()),
    values: v.array(v.strictObject({ path: PATH, set: v.nullable(v.string()), before: BEFORE })),
  })),
});

/** What stood at a path before the first setup. */
export type Before = Look | {
  /** A secret, which is not kept. */
  readonly state: "secret";
};

/** One value that setup set. */
export interface RecordedValue {
  /** Where. */
  readonly path: ValuePath;
  /** What it set; `null` means the agent's local key. */
  readonly set: string | null;
  /** What stood there before. */
  readonly before: Before;
}

/** All that setup set in one file. */
export interface RecordedFile {
  /** The config. */
  readonly path: string;
  /** SHA-256 (hex) of the text that setup made where no file was, `null` if there was one. */
  readonly madeSha256: string | null;
  /** Its values. */
  readonly values: readonly RecordedValue[];
}

/** `<state folder>/setup/<agent>.json`: an agent has a file for each home that it was set up in. */
export interface UndoRecord {
  /** The files, in the order of their first setup. */
  readonly files: readonly RecordedFile[];
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
 * `record` with what `plan` changes. What a first setup noted as the value before stays, since
 * the value that a second setup meets is the first one's own.
 */
export function withPlan(
  record: UndoRecord | null,
  { plan, format }: { readonly plan: Plan; readonly format: TextFormat },
): UndoRecord {
  // A config that is gone takes its history along.
  const old = plan.before === null ? null : findFile(record, plan.path);
  const file: RecordedFile = {
    path: plan.path,
    madeSha256: isOwnText(plan.before, old) ? sha256(plan.after) : old?.madeSha256 ?? null,
    values: mergeValues(old?.values ?? [], newValues(plan, format)),
  };
  const others = record?.files.filter(({ path }) => path !== plan.path) ?? [];
  return { files: [...others, file] };
}

/** Whether setup wrote the whole text, or is the first to write one. */
function isOwnText(text: string | null, file: RecordedFile | null): boolean {
  return text === null || (file !== null && file.madeSha256 === sha256(text));
}

function newValues(plan: Plan, format: TextFormat): readonly RecordedValue[] {
  const after = format.parse(plan.after);
  return plan.changes.map(({ path }) => {
    const value = valueAt(after, path);
    const set = isLocalKey(value, plan.agent) ? null : String(value);
    return { path, set, before: valueBefore(plan, { path, format }) };
  });
}

function valueBefore(
  plan: Plan,
  { path, format }: { readonly path: ValuePath; readonly format: TextFormat },
): Before {
  if (plan.before === null) return { state: "absent", since: 1 };
  const look = format.look(plan.before, path);
  const value = valueAt(format.parse(plan.before), path);
  return holdsSecret(path, value) ? { state: "secret" } : look;
}

function mergeValues(
  old: readonly RecordedValue[],
  added: readonly RecordedValue[],
): readonly RecordedValue[] {
  const byPath = new Map(old.map((value) => [pathText(value.path), value]));
  for (const value of added) {
    const first = byPath.get(pathText(value.path));
    byPath.set(pathText(value.path), first ? { ...value, before: first.before } : value);
  }
  return Array.from(byPath.values());
}

/** Record → the text of its file. */
export function renderRecord(record: UndoRecord): string {
  return `${JSON.stringify({ version: 1, ...record }, null, 2)}\n`;
}

/**
 * Text of the file → record.
 *
 * @throws {SyntaxError} if the text is not what {@link renderRecord} writes.
 */
export function parseRecord(text: string): UndoRecord {
  const parsed = v.safeParse(RECORD, parseJson(text));
  if (!parsed.success) throw new SyntaxError("it is not what setup writes there");
  return { files: parsed.output.files };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SyntaxError("it is not JSON");
  }
}

/**
 * The undo record as the text of its file.
 *
 * @module
 */

import * as v from "valibot";
import type { UndoRecord } from "./undo_record.ts";

const PATH = v.array(v.union([v.string(), v.pipe(v.number(), v.integer(), v.minValue(0))]));

const BEFORE = v.variant("state", [
  v.strictObject({ state: v.literal("value"), source: v.string() }),
  v.strictObject({
    state: v.literal("absent"),
    since: v.pipe(v.number(), v.integer(), v.minValue(0)),
  }),
  v.strictObject({ state: v.literal("secret") }),
]);

const SET = v.variant("is", [
  v.strictObject({ is: v.literal("value"), value: v.unknown() }),
  v.strictObject({ is: v.literal("key") }),
  v.strictObject({ is: v.literal("nothing") }),
]);

const RECORD = v.strictObject({
  version: v.literal(2),
  files: v.array(v.strictObject({
    path: v.string(),
    madeSha256: v.nullable(v.string()),
    mode: v.nullable(v.pipe(v.number(), v.integer())),
    folders: v.array(v.string()),
    values: v.array(v.strictObject({ path: PATH, set: SET, before: BEFORE })),
  })),
});

/** As setup wrote it when every agent had one file. */
const FIRST_RECORD = v.strictObject({
  version: v.literal(1),
  files: v.array(v.strictObject({
    path: v.string(),
    madeSha256: v.nullable(v.string()),
    values: v.array(v.strictObject({ path: PATH, set: v.nullable(v.string()), before: BEFORE })),
  })),
});

/** Record → the text of its file. */
export function renderRecord(record: UndoRecord): string {
  return `${JSON.stringify({ version: 2, ...record }, null, 2)}\n`;
}

/**
 * Text of the file → record.
 *
 * @throws {SyntaxError} if the text is not what {@link renderRecord} writes.
 */
export function parseRecord(text: string): UndoRecord {
  const json = parseJson(text);
  const parsed = v.safeParse(RECORD, json);
  if (parsed.success) return { files: parsed.output.files };
  const first = v.safeParse(FIRST_RECORD, json);
  if (first.success) return { files: first.output.files.map(renewed) };
  throw new SyntaxError("it is not what setup writes there");
}

function renewed(
  file: v.InferOutput<typeof FIRST_RECORD>["files"][number],
): UndoRecord["files"][number] {
  const values = file.values.map(({ set, ...value }) => ({
    ...value,
    set: set === null ? { is: "key" } as const : { is: "value", value: set } as const,
  }));
  return { ...file, mode: null, folders: [], values };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SyntaxError("it is not JSON");
  }
}

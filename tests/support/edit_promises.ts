/**
 * What every text format promises of an edit, held against one text.
 */

import assert from "node:assert/strict";
import {
  type ConfigValue,
  type Edit,
  FormatError,
  isRecord,
  pathText,
  type TextFormat,
  type ValuePath,
} from "../../formats/format.ts";

/** One value that is to be set. */
export interface Setting {
  readonly path: ValuePath;
  readonly value: ConfigValue;
}

/** The text with `settings`, by its own edit() alone. */
export function set(format: TextFormat, text: string, settings: readonly Setting[]): string {
  return format.edit(text, settings.map((setting) => ({ ...setting, to: "value" })));
}

/** The edits that take `settings` of `text` back, as setup's undo has them: sources, then removals. */
export function undoOf(
  format: TextFormat,
  text: string,
  settings: readonly Setting[],
): readonly Edit[] {
  const looks = settings.map(({ path }) => ({ path, look: format.look(text, path) }));
  const sources = looks.flatMap(({ path, look }): Edit[] =>
    look.state === "value" ? [{ path, to: "source", source: look.source }] : []
  );
  const gone = looks.flatMap(({ path, look }) =>
    look.state === "absent" ? [path.slice(0, look.since)] : []
  );
  const removals = new Map(gone.map((path) => [pathText(path), path]));
  return [...sources, ...Array.from(removals.values(), (path): Edit => ({ path, to: "nothing" }))];
}

/**
 * Sets, and asserts that the data is what it should be, that a second time changes nothing, and
 * that the undo gives back every byte. Returns the text with the settings.
 */
export function assertPromises(
  format: TextFormat,
  text: string,
  settings: readonly Setting[],
): string {
  const edited = set(format, text, settings);
  const expected = settings.reduce(
    (data, { path, value }) => withValue(data, path, value),
    format.parse(text),
  );
  assert.deepEqual(format.parse(edited), expected, edited);
  assert.equal(set(format, edited, settings), edited, "a second time");
  assert.equal(format.edit(edited, undoOf(format, text, settings)), text, edited);
  assertRestStays(format, { text, edited, settings });
  return edited;
}

/** Asserts that no byte went but those of values that were replaced. */
function assertRestStays(
  format: TextFormat,
  { text, edited, settings }: {
    readonly text: string;
    readonly edited: string;
    readonly settings: readonly Setting[];
  },
): void {
  const looks = settings.map(({ path }) => format.look(text, path));
  if (looks.every(({ state }) => state === "absent")) {
    assert.ok(isLeftOf(text, edited), `what is added leaves the rest: ${text} → ${edited}`);
  }
  const [look] = looks;
  if (look?.state !== "value" || looks.length > 1) return;
  const { source } = look;
  const isReplaced = Array.from(text.matchAll(new RegExp(`(?=${RegExp.escape(source)})`, "g")))
    .some(
      ({ index }) => {
        const [before, after] = [text.slice(0, index), text.slice(index + source.length)];
        return before.length + after.length <= edited.length && edited.startsWith(before) &&
          edited.endsWith(after);
      },
    );
  assert.ok(isReplaced || isLeftOf(text, edited), `one value is replaced: ${text} → ${edited}`);
}

/** Whether `text` comes from `edited` by leaving characters out. */
function isLeftOf(text: string, edited: string): boolean {
  let at = 0;
  for (const unit of edited.split("")) if (unit === text[at]) at += 1;
  return at === text.length;
}

/** Asserts that `work` throws a FormatError like `message` that does not repeat "s3cret". */
export function assertRefused(work: () => unknown, message: RegExp, about: string): void {
  assert.throws(work, (error) => {
    assert.ok(error instanceof FormatError, `${about}: ${error}`);
    assert.match(error.message, message, about);
    assert.ok(!error.message.includes("s3cret"), about);
    return true;
  }, about);
}

function withValue(data: unknown, path: ValuePath, value: unknown): unknown {
  const [part, ...rest] = path;
  if (part === undefined) return value;
  if (typeof part === "number") {
    const list: unknown[] = Array.isArray(data) ? [...data] : [];
    list[part] = withValue(list[part], rest, value);
    return list;
  }
  const record = isRecord(data) ? data : {};
  const child = Object.hasOwn(record, part) ? record[part] : undefined;
  return Object.fromEntries([
    ...Object.entries(record).filter(([key]) => key !== part),
    [part, withValue(child, rest, value)],
  ]);
}

/**
 * What `--undo` would change in one file, as a value: only what still is as setup left it.
 *
 * @module
 */

import {
  type Edit,
  isRecord,
  pathText,
  type TextFormat,
  valueAt,
  type ValuePath,
} from "../formats/format.ts";
import {
  isAsSet,
  isLocalKey,
  type RecordedFile,
  type RecordedValue,
  type SetValue,
  sha256,
} from "./undo_record.ts";

/** What is to become of one file. */
export interface UndoPlan {
  /** Its text, `null` if the file is to go. */
  readonly after: string | null;
  /** The values that are put back, as paths for people. */
  readonly restored: readonly string[];
  /** Sentences on what is left, and why. */
  readonly notes: readonly string[];
}

/**
 * Plans to take back what setup did to `text`, by its record.
 *
 * @throws {FormatError} if the text is no longer one that can be edited.
 */
export function planUndo(
  file: RecordedFile,
  { text, agent, format }: {
    readonly text: string;
    readonly agent: string;
    readonly format: TextFormat;
  },
): UndoPlan {
  if (file.madeSha256 === sha256(text)) {
    return { after: null, restored: [], notes: [] };
  }
  const current = format.parse(text);
  const values = file.values.map((value) => ({
    ...value,
    path: followEntry(value.path, { file, current, agent }),
  }));
  const ours = values.filter((value) => isAsSet(value, { current, agent }));
  const edits = [...ours.flatMap(restoringEdit), ...removals(ours, current)];
  return {
    after: format.edit(text, edits),
    restored: ours.map(({ path }) => pathText(path)),
    notes: [...changedNotes(values, { current, ours }), ...secretNotes(ours)],
  };
}

interface Context {
  readonly current: unknown;
  readonly agent: string;
}

/**
 * Finds a list's entry again by its local key: a person may have put others in front of it, and
 * what stands at the old index is then theirs, however alike. Of several the order counts.
 */
function followEntry(
  path: ValuePath,
  { file, current, agent }: Context & { readonly file: RecordedFile },
): ValuePath {
  const at = path.findIndex((part) => typeof part === "number");
  if (at === -1) return path;
  const way = path.slice(0, at);
  const list = valueAt(current, way);
  const keys = file.values.map(({ path, set }) => set.is === "key" ? path : [])
    .filter((key) => key.length > at && pathText(key.slice(0, at)) === pathText(way));
  const indices = keys.map((key) => Number(key[at])).toSorted((a, b) => a - b);
  const turn = indices.indexOf(Number(path[at]));
  const keyPath = keys[turn]?.slice(at + 1);
  if (!Array.isArray(list) || keyPath === undefined) return path;
  const ours = Array.from(list.keys()).filter((index) =>
    isLocalKey(valueAt(list[index], keyPath), agent)
  );
  // Behind the end of the list nothing stands, so nothing is taken for ours.
  return path.with(at, ours[turn] ?? list.length);
}

function restoringEdit({ path, set, before }: RecordedValue): readonly Edit[] {
  switch (before.state) {
    case "value":
      return [
        // What was taken away has no place of its own any more: it is put behind its siblings.
        ...(set.is === "nothing" ? [{ path, to: "value", value: "" } as const] : []),
        { path, to: "source", source: before.source },
      ];
    case "secret":
      // An empty one in place of our key says that something is to be filled in. Another value of
      // ours is what was left of the person's without the secret.
      return set.is === "key" ? [{ path, to: "value", value: "" }] : [];
    case "absent":
      return [];
  }
}

/**
 * What setup added goes, with the sections that it added for it, as far as nobody else has put
 * anything into them.
 */
function removals(ours: readonly RecordedValue[], current: unknown): readonly Edit[] {
  const added = ours.filter(({ before }) => before.state === "absent");
  const names = new Set(added.map(({ path }) => pathText(path)));
  const isOurs = (leaf: ValuePath) =>
    leaf.some((_, index) => names.has(pathText(leaf.slice(0, index + 1))));
  const gone = added.map(({ path, before }) => {
    const since = before.state === "absent" ? before.since : path.length;
    const lengths = Array.from({ length: path.length - since + 1 }, (_, index) => since + index);
    const whole = lengths.find((length) =>
      leavesOf(valueAt(current, path.slice(0, length)), path.slice(0, length)).every(isOurs)
    );
    return path.slice(0, whole);
  });
  const unique = new Map(gone.map((path) => [pathText(path), path]));
  return Array.from(unique.values(), (path) => ({ path, to: "nothing" }));
}

/** Paths of all single values and empty sections in `value`. */
function leavesOf(value: unknown, path: ValuePath): readonly ValuePath[] {
  const children = Array.isArray(value)
    ? Array.from(value.entries())
    : isRecord(value)
    ? Object.entries(value)
    : [];
  return children.length === 0
    ? [path]
    : children.flatMap(([part, child]) => leavesOf(child, [...path, part]));
}

function changedNotes(
  values: readonly RecordedValue[],
  { current, ours }: { readonly current: unknown; readonly ours: readonly RecordedValue[] },
): readonly string[] {
  return values.filter((value) => !ours.includes(value)).map(({ path }) =>
    valueAt(current, path) === undefined
      ? `${pathText(path)} is no longer there`
      : `${pathText(path)} was changed since and is left as it is`
  );
}

function secretNotes(ours: readonly RecordedValue[]): readonly string[] {
  const now: Readonly<Record<SetValue["is"], string>> = {
    nothing: "set it again yourself",
    key: "it is empty now, fill it in",
    value: "it stays without it",
  };
  return ours.filter(({ before }) => before.state === "secret").map(({ path, set }) =>
    `${pathText(path)} held a secret, of which no copy was kept; ${now[set.is]}`
  );
}

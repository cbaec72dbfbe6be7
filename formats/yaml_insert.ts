/**
 * Writing an entry into a YAML text where there is none.
 *
 * @module
 */

import { isMap, type YAMLMap, type YAMLSeq } from "yaml";
import { type ConfigValue, nested } from "./format.ts";
import { lineEnd, linesBehind, splice } from "./span.ts";
import { columnOf, entriesOf, layoutOf, linesAfter, spanOf } from "./yaml_layout.ts";
import { isVoid, type Place, rangeOf, type YamlTree } from "./yaml_tree.ts";
import { blockLines, checkIndex, flowEntries, flowText, type NewEntry } from "./yaml_write.ts";

/** A place where nothing stands yet. */
export type EmptyPlace = Exclude<Place, { at: "value" }>;

/**
 * The text with `value` at the end of the path that is missing at `place`.
 *
 * @throws {FormatError} for a list that would begin in its middle.
 */
export function insertEntry(
  tree: YamlTree,
  { place, value }: { readonly place: EmptyPlace; readonly value: ConfigValue },
): string {
  const entry = { rest: place.rest, value };
  switch (place.at) {
    case "gap":
      return place.parent.flow
        ? insertFlow(tree, { parent: place.parent, entry })
        : insertBlock(tree, { parent: place.parent, entry });
    case "void":
      return insertBelow(tree, { place, entry });
    case "root":
      return insertLines(tree, {
        at: tree.text.length,
        lines: newLines(tree, { column: 0, entry, free: 0 }),
      });
  }
}

type VoidPlace = Extract<Place, { at: "void" }>;

interface Insert {
  readonly parent: YAMLMap | YAMLSeq;
  readonly entry: NewEntry;
}

function insertFlow(tree: YamlTree, { parent, entry }: Insert): string {
  const last = entriesOf(parent).at(-1);
  checkIndex(entry.rest, { free: entriesOf(parent).length });
  const at = last === undefined ? rangeOf(parent)[0] + 1 : spanOf(tree, last).end;
  const comma = last === undefined ? "" : ", ";
  return splice(tree.text, { start: at, end: at }, comma + flowEntries(valueOf(entry)));
}

function insertBlock(tree: YamlTree, { parent, entry }: Insert): string {
  const first = entriesOf(parent)[0];
  const last = entriesOf(parent).at(-1);
  if (first === undefined || last === undefined) {
    throw new TypeError("Cannot add to a block of YAML that has no entries");
  }
  // The dash of a list is where the list begins.
  const start = isMap(parent) ? spanOf(tree, first).start : rangeOf(parent)[0];
  const lines = newLines(tree, {
    column: columnOf(tree.text, start),
    entry,
    free: isMap(parent) ? 0 : entriesOf(parent).length,
  });
  return insertLines(tree, { at: linesAfter(tree, last), lines });
}

/** Writes an entry below a key that has no value: behind its line, or instead of its `null`. */
function insertBelow(
  tree: YamlTree,
  { place, entry }: { readonly place: VoidPlace; readonly entry: NewEntry },
): string {
  const { key, node } = place;
  if (!isVoid(node)) {
    const [start, end] = rangeOf(node);
    return splice(tree.text, { start, end }, flowText(valueOf(entry)));
  }
  const layout = layoutOf(tree);
  const deeper = typeof entry.rest[0] === "number" ? layout.dash : layout.step;
  const column = columnOf(tree.text, rangeOf(key)[0]) + deeper;
  const lines = newLines(tree, { column, entry, free: 0 });
  return insertLines(tree, { at: lineEnd(tree.text, rangeOf(key)[1]), lines });
}

function newLines(
  tree: YamlTree,
  { column, entry, free }: {
    readonly column: number;
    readonly entry: NewEntry;
    readonly free: number;
  },
): readonly string[] {
  checkIndex(entry.rest, { free });
  return blockLines(valueOf(entry), { column, layout: layoutOf(tree) });
}

/** The mapping or list of which an entry is the only one. */
function valueOf({ rest, value }: NewEntry): ConfigValue {
  return nested(rest, value);
}

/** Puts whole lines at a line's start, or behind a last line that has no line break. */
function insertLines(
  tree: YamlTree,
  { at, lines }: { readonly at: number; readonly lines: readonly string[] },
): string {
  const { eol } = layoutOf(tree);
  const added = linesBehind(tree.text.slice(0, at), { lines: lines.join(eol), eol });
  return splice(tree.text, { start: at, end: at }, added);
}

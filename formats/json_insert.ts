/**
 * Writing an entry into a JSON text where there is none, so that {@link removeJson} gives back
 * the text as it was.
 *
 * @module
 */

import { addEntry, insertAt, nextLine, SLASH_COMMENTS } from "./comma_list.ts";
import { type ConfigValue, nested, type ValuePath } from "./format.ts";
import { type JsonLayout, jsonLayoutOf, linesFor } from "./json_layout.ts";
import type { JsonEntry, JsonNode, JsonPlace, JsonTree } from "./json_tree.ts";
import { writeJson, writeJsonEntry } from "./json_write.ts";
import { entryRefusal, refuseLoneReturn } from "./refusals.ts";
import { indentAt, lineOf, linesBehind, type Splice, spliceAll } from "./span.ts";

/** A place where nothing stands yet. */
export type EmptyJsonPlace = Exclude<JsonPlace, { at: "value" }>;

/**
 * The text with `value` at the end of the path that is missing at `place`.
 *
 * @throws {FormatError} for an array that would begin in its middle.
 */
export function insertJson(
  tree: JsonTree,
  { place, value }: { readonly place: EmptyJsonPlace; readonly value: ConfigValue },
): string {
  if (place.at === "root") {
    checkIndices(tree, { rest: place.rest, free: 0, at: 0 });
    return insertRoot(tree, nested(place.rest, value));
  }
  const { parent, holder, rest: [part = 0, ...below] } = place;
  checkIndices(tree, { rest: place.rest, free: parent.entries.length, at: parent.start });
  const last = parent.entries.at(-1);
  const entry = { part, value: nested(below, value) };
  const splices = last === undefined
    ? intoEmpty(tree, { parent, holder, entry })
    : behindLast(tree, { last, entry });
  return spliceAll(tree.text, splices);
}

interface NewEntry {
  readonly part: string | number;
  readonly value: ConfigValue;
}

function insertRoot(tree: JsonTree, value: ConfigValue): string {
  refuseLoneReturn(tree.text);
  const layout = jsonLayoutOf(tree);
  const lines = writeJson(value, { layout, lines: "many", indent: "" });
  return tree.text + linesBehind(tree.text, { lines, eol: layout.eol });
}

function behindLast(
  tree: JsonTree,
  { last, entry }: { readonly last: JsonEntry; readonly entry: NewEntry },
): readonly Splice[] {
  const layout = jsonLayoutOf(tree);
  const indent = indentAt(tree.text, last.start);
  return addEntry(tree.text, {
    last: { start: last.start, end: last.node.end },
    gap: layout.gap,
    eol: layout.eol,
    comments: SLASH_COMMENTS,
    write: (lines) =>
      writeJsonEntry(entry.part, { value: entry.value, style: { layout, lines, indent } }),
  });
}

function intoEmpty(
  tree: JsonTree,
  { parent, holder, entry }: {
    readonly parent: JsonNode;
    readonly holder: JsonEntry | null;
    readonly entry: NewEntry;
  },
): readonly Splice[] {
  const { text } = tree;
  const layout = jsonLayoutOf(tree);
  const inside = text.slice(parent.start + 1, parent.end - 1);
  const outer = indentAt(text, parent.start);
  const indent = outer + layout.unit;
  const write = (lines: JsonLayout["lines"]) =>
    writeJsonEntry(entry.part, { value: entry.value, style: { layout, lines, indent } });
  if (/\S/.test(inside)) return [behindComments(text, { parent, indent, layout, write })];
  const isManyLines = /[\r\n]/.test(inside) ||
    (inside === "" && linesFor(tree, holder) === "many");
  if (!isManyLines) return [insertAt(parent.start + 1, inside + write("one"))];
  // An empty line says that there was one before; without it braces close up again.
  const tail = layout.eol + (inside === "" ? outer : "");
  return [insertAt(parent.start + 1, layout.eol + indent + write("many") + tail)];
}

function behindComments(
  text: string,
  { parent, indent, layout, write }: {
    readonly parent: JsonNode;
    readonly indent: string;
    readonly layout: JsonLayout;
    readonly write: (lines: JsonLayout["lines"]) => string;
  },
): Splice {
  const end = parent.end - 1;
  const behind = text.slice(0, end).trimEnd().length;
  const line = nextLine(text, behind, SLASH_COMMENTS);
  if (line === null) return insertAt(end, write("one"));
  return insertAt(line, indent + write("many") + layout.eol);
}

function checkIndices(
  tree: JsonTree,
  { rest, free, at }: { readonly rest: ValuePath; readonly free: number; readonly at: number },
): void {
  rest.forEach((part, depth) => {
    if (typeof part !== "number" || part === (depth === 0 ? free : 0)) return;
    const line = lineOf(tree.text, at);
    throw entryRefusal([part], { free: depth === 0 ? free : 0, line });
  });
}

/**
 * Taking an entry out of a TOML text, with its lines, and with what insertToml() puts beside them.
 *
 * @module
 */

import { cutEntry, HASH_COMMENTS } from "./comma_list.ts";
import { FormatError, pathText, type ValuePath } from "./format.ts";
import { refuseWhole } from "./refusals.ts";
import { lineEnd, lineStart, type Span, spliceAll, withBreakBefore } from "./span.ts";
import { depthOf, itemsBelow, linesOfTable, startsWith, walkToml } from "./toml_place.ts";
import type { TomlNode, TomlTree } from "./toml_tree.ts";

/**
 * The text without what stands at `path`; the same text if nothing does.
 *
 * @throws {FormatError} for a table whose parts lie apart.
 */
export function removeToml(tree: TomlTree, path: ValuePath): string {
  refuseWhole(path);
  if (depthOf(tree, path) < path.length) return tree.text;
  const place = walkToml(tree, path);
  const spans = place.at === "value" && place.holder !== null
    ? inHolder(tree, { holder: place.holder, node: place.node })
    : place.at === "inside"
    ? null
    : [linesOf(tree, path)];
  if (spans === null) {
    throw new FormatError(`"${pathText(path)}" is written with dots between braces`);
  }
  return spliceAll(tree.text, spans.map((span) => ({ ...span, insert: "" })));
}

function inHolder(
  { text }: TomlTree,
  { holder: { entries, start, end }, node }: { readonly holder: TomlNode; readonly node: TomlNode },
): readonly Span[] {
  return cutEntry(text, {
    entries: entries.map(({ start, node }) => ({ start, end: node.end })),
    index: entries.findIndex((entry) => entry.node === node),
    inside: { start: start + 1, end: end - 1 },
    comments: HASH_COMMENTS,
  });
}

function linesOf(tree: TomlTree, path: ValuePath): Span {
  const { text, items } = tree;
  const lines = linesOfTable(tree, path);
  const own = itemsBelow(tree, path);
  const [first] = own;
  if (lines === null || first === undefined) {
    throw new FormatError(`"${pathText(path)}" is spread over the file`);
  }
  if (first.node === null) return withBreakBefore(text, withEmptyLineBefore(text, lines));
  const others = items.filter((item) =>
    item.node !== null && !own.includes(item) && item.table.length === first.table.length &&
    startsWith(item.table, first.table)
  );
  if (others.length > 0) return withBreakBefore(text, lines);
  return withBreakBefore(text, withItsOwn(tree, { lines, table: first.table, last: own.at(-1) }));
}

/** The last key of a table goes with what was written for the first one. */
function withItsOwn(
  { text, items }: TomlTree,
  { lines, table, last }: {
    readonly lines: Span;
    readonly table: ValuePath;
    readonly last: TomlTree["items"][number] | undefined;
  },
): Span {
  const next = last === undefined ? undefined : items[items.indexOf(last) + 1];
  if (next === undefined) return lines;
  if (table.length === 0) {
    // At the start of a file it came with the empty line behind it.
    const isFirst = lines.start <= (text.startsWith("\ufeff") ? 1 : 0);
    const empty = isFirst ? /^\r?\n/.exec(text.slice(lines.end))?.[0] ?? "" : "";
    return { start: lines.start, end: lines.end + empty.length };
  }
  const header = items.find(({ node, path }) => node === null && path === table);
  // A header that only this key needed: the table is there without it.
  const isNeedless = header !== undefined && startsWith(next.path, table) &&
    lineStart(text, next.start) === lines.end && lineEnd(text, header.end) === lines.start;
  return isNeedless ? { start: lineStart(text, header.start), end: lines.end } : lines;
}

function withEmptyLineBefore(text: string, lines: Span): Span {
  const before = /(?:^\ufeff?|\n)(\r?\n)$/.exec(text.slice(0, lines.start))?.[1] ?? "";
  return { start: lines.start - before.length, end: lines.end };
}

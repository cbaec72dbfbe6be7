/**
 * Writing an entry into a TOML text where there is none: as a key beside its siblings, as a table
 * behind its siblings, or between brackets or braces.
 *
 * @module
 */

import { addEntry, HASH_COMMENTS, insertAt } from "./comma_list.ts";
import { type ConfigValue, FormatError, nested, pathText, type ValuePath } from "./format.ts";
import { entryRefusal, refuseIndices } from "./refusals.ts";
import {
  indentAt,
  lineEnd,
  lineOf,
  linesBehind,
  lineStart,
  type Splice,
  spliceAll,
} from "./span.ts";
import { tomlLayoutOf } from "./toml_layout.ts";
import { itemsBelow, linesOfTable, startsWith, tomlAt, type TomlPlace } from "./toml_place.ts";
import type { TomlItem, TomlTree } from "./toml_tree.ts";
import { isFullTable, isTable, tableLines, writeEntry, writeToml } from "./toml_write.ts";

/** A place where nothing stands yet. */
export type EmptyTomlPlace = Extract<TomlPlace, { at: "inside" | "gap" }>;

/**
 * The text with `value` at the end of the path that is missing at `place`.
 *
 * @throws {FormatError} where there is no plain place for it.
 */
export function insertToml(
  tree: TomlTree,
  { place, value }: { readonly place: EmptyTomlPlace; readonly value: ConfigValue },
): string {
  const splices = place.at === "inside"
    ? insideHolder(tree, { place, value })
    : inTable(tree, { table: place.table, ...foldLists(place.rest, value) });
  return spliceAll(tree.text, splices);
}

interface Entry {
  /** The table that is there. */
  readonly table: ValuePath;
  /** What is missing below it. */
  readonly rest: ValuePath;
  /** What is to stand at its end. */
  readonly value: ConfigValue;
}

/** A list that begins on the way is a value, as long as it does not begin the way. */
function foldLists(rest: ValuePath, value: ConfigValue): Pick<Entry, "rest" | "value"> {
  const at = rest.findIndex((part, index) => index > 0 && typeof part === "number");
  if (at === -1) return { rest, value };
  const below = rest.slice(at);
  refuseIndices(below);
  return { rest: rest.slice(0, at), value: nested(below, value) };
}

function insideHolder(
  tree: TomlTree,
  { place: { holder, rest }, value }: {
    readonly place: Extract<TomlPlace, { at: "inside" }>;
    readonly value: ConfigValue;
  },
): readonly Splice[] {
  const [part = "", ...below] = rest;
  refuseIndices(below);
  if (typeof part === "number" && part !== holder.entries.length) {
    const line = lineOf(tree.text, holder.start);
    throw entryRefusal([part], { free: holder.entries.length, line });
  }
  const layout = tomlLayoutOf(tree);
  const last = holder.entries.at(-1);
  // Beside a key with dots its table can only be continued with dots.
  const isDotted = holder.entries.some(({ path }) => path.length > 1 && path[0] === part) &&
    rest.every((part) => typeof part === "string");
  const write = () =>
    typeof part === "number"
      ? writeToml(nested(below, value), layout)
      : isDotted
      ? writeEntry(rest, value, layout)
      : writeEntry([part], nested(below, value), layout);
  if (last !== undefined) {
    return addEntry(tree.text, {
      last: { start: last.start, end: last.node.end },
      gap: " ",
      eol: layout.eol,
      comments: HASH_COMMENTS,
      write,
    });
  }
  const inside = tree.text.slice(holder.start + 1, holder.end - 1);
  return [insertAt(holder.start + 1, (/^[ \t]*$/.test(inside) ? inside : "") + write())];
}

function inTable(tree: TomlTree, entry: Entry): readonly Splice[] {
  const { table, rest, value } = entry;
  const [part = ""] = rest;
  if (typeof part === "number") return [newListTable(tree, entry)];
  const isOwnTable = rest.length > 1 || isFullTable(value);
  const header = tree.items.find(({ node, path }) => node === null && isSame(path, table));
  const sibling = itemsBelow(tree, table).findLast((item) =>
    item.node !== null && item.path.length > table.length && item.table.length < table.length
  );
  if (header === undefined && table.length > 0 && sibling !== undefined) {
    return [behindSibling(tree, { sibling, entry })];
  }
  if (isOwnTable) return [newTable(tree, entry)];
  return table.length === 0 || header !== undefined
    ? [inBody(tree, { header: header ?? null, entry })]
    : [newHeader(tree, entry)];
}

function isSame(a: ValuePath, b: ValuePath): boolean {
  return a.length === b.length && startsWith(a, b);
}

/** A key with dots, as those beside it have them. */
function behindSibling(
  tree: TomlTree,
  { sibling, entry: { table, rest, value } }: { readonly sibling: TomlItem; readonly entry: Entry },
): Splice {
  const path = [...table.slice(sibling.table.length), ...rest];
  return lineBehind(tree, { item: sibling, line: writeEntry(path, value, tomlLayoutOf(tree)) });
}

/** A key in the body of a table with a header, or of the root. */
function inBody(
  tree: TomlTree,
  { header, entry: { table, rest, value } }: {
    readonly header: TomlItem | null;
    readonly entry: Entry;
  },
): Splice {
  const { text, items } = tree;
  const line = writeEntry(rest, value, tomlLayoutOf(tree));
  const last = items.findLast((item) => item.node !== null && isSame(item.table, table)) ?? header;
  if (last !== null) return lineBehind(tree, { item: last, line });
  const { eol } = tomlLayoutOf(tree);
  const [first] = items;
  if (first === undefined) return blockAtEnd(text, { block: line, eol, before: "" });
  return aboveFirst(text, { first, line, eol });
}

/**
 * A key in front of the first table, where it would belong to nobody else: above the empty line in
 * front of the table and its comment, so that it can come and go without that line.
 */
function aboveFirst(
  text: string,
  { first, line, eol }: { readonly first: TomlItem; readonly line: string; readonly eol: string },
): Splice {
  const start = lineStart(text, first.start);
  const above = /(\r?\n)?((?:[ \t]*#[^\n]*\n)*)$/.exec(text.slice(0, start));
  const empty = start - (above?.[0].length ?? 0);
  const isEmptyLine = above?.[1] !== undefined && text[empty - 1] === "\n";
  if (isEmptyLine) return insertAt(empty, line + eol);
  return insertAt(text.startsWith("\ufeff") ? 1 : 0, line + eol + eol);
}

function lineBehind(
  tree: TomlTree,
  { item, line }: { readonly item: TomlItem; readonly line: string },
): Splice {
  const { text } = tree;
  const { eol } = tomlLayoutOf(tree);
  const end = lineEnd(text, item.end);
  const lines = indentAt(text, item.start) + line;
  return insertAt(end, linesBehind(text.slice(0, end), { lines, eol }));
}

/** A header for a table that has been there only by the tables below it. */
function newHeader(tree: TomlTree, { table, rest, value }: Entry): Splice {
  const [first] = itemsBelow(tree, table);
  if (first === undefined) throw new TypeError("Cannot find a TOML table that is in the data");
  const layout = tomlLayoutOf(tree);
  const lines = tableLines(table, { [String(rest[0])]: value }, { layout, brackets: 1 });
  // Without an empty line, so that it is known for ours when the key is taken back.
  return insertAt(lineStart(tree.text, first.start), lines.join(layout.eol) + layout.eol);
}

function newTable(tree: TomlTree, { table, rest, value }: Entry): Splice {
  const path = [...table, ...rest];
  const body = isFullTable(value) ? value : Object.fromEntries([[String(path.at(-1)), value]]);
  const layout = tomlLayoutOf(tree);
  const lines = tableLines(isFullTable(value) ? path : path.slice(0, -1), body, {
    layout,
    brackets: 1,
  });
  return tableBehind(tree, { table, block: lines.join(layout.eol) });
}

function newListTable(tree: TomlTree, { table, rest: [part, ...below], value }: Entry): Splice {
  const list = tomlAt(tree.data, table);
  const free = Array.isArray(list) ? list.length : 0;
  if (part !== free) throw entryRefusal([part ?? 0], { free });
  refuseIndices(below);
  const body = nested(below, value);
  if (!isTable(body)) {
    throw new FormatError(`"${pathText(table)}" is a list of tables, and takes nothing else`);
  }
  const layout = tomlLayoutOf(tree);
  const lines = tableLines(table, body, { layout, brackets: 2 });
  return tableBehind(tree, { table, block: lines.join(layout.eol) });
}

/** A block of lines behind the last table of its kind, an empty line between. */
function tableBehind(
  tree: TomlTree,
  { table, block }: { readonly table: ValuePath; readonly block: string },
): Splice {
  const { text } = tree;
  const { eol } = tomlLayoutOf(tree);
  const lines = table.length === 0 ? null : linesOfTable(tree, table);
  if (lines === null && table.some((part) => typeof part === "number")) {
    throw new FormatError(`"${pathText(table)}" is spread over the file`);
  }
  const end = lines?.end ?? text.length;
  if (end === text.length) return blockAtEnd(text, { block, eol, before: eol });
  return insertAt(end, eol + block + eol);
}

function blockAtEnd(
  text: string,
  { block, eol, before }: {
    readonly block: string;
    readonly eol: string;
    /** What stands between the text and the block. */
    readonly before: string;
  },
): Splice {
  if (/^\ufeff?$/.test(text)) return insertAt(text.length, block + eol);
  return insertAt(text.length, linesBehind(text, { lines: before + block, eol }));
}

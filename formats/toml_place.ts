/**
 * The way along a path through a TOML text, in which a table may be written in four ways: by its
 * header, by the headers below it, by keys with dots, or between braces.
 *
 * @module
 */

import type { Data } from "./data.ts";
import type { ValuePath } from "./format.ts";
import { misfit } from "./refusals.ts";
import { lineEnd, lineOf, lineStart, type Span } from "./span.ts";
import type { TomlItem, TomlNode, TomlTree } from "./toml_tree.ts";

/** Where a path ends. */
export type TomlPlace =
  /** At a value; `holder` is what it stands in, `null` for a line of its own. */
  | { readonly at: "value"; readonly node: TomlNode; readonly holder: TomlNode | null }
  /** At a table or a list of tables that has lines of its own. */
  | { readonly at: "table" }
  /** In an array or between braces: `rest` is missing in `holder`. */
  | { readonly at: "inside"; readonly holder: TomlNode; readonly rest: ValuePath }
  /** `table` is there, and `rest` is missing in it. */
  | { readonly at: "gap"; readonly table: ValuePath; readonly rest: ValuePath };

/**
 * Follows `path` as far as it goes.
 *
 * @throws {FormatError} where the path wants a table or a list and finds something else.
 */
export function walkToml(tree: TomlTree, path: ValuePath): TomlPlace {
  const depth = depthOf(tree, path);
  for (const { path: itemPath, node } of tree.items) {
    if (node === null || !startsWith(path, itemPath)) continue;
    return walkNode({ holder: null, node, rest: path.slice(itemPath.length) });
  }
  if (depth === path.length) return { at: "table" };
  return { at: "gap", table: path.slice(0, depth), rest: path.slice(depth) };
}

function walkNode(
  { holder, node, rest }: {
    readonly holder: TomlNode | null;
    readonly node: TomlNode;
    readonly rest: ValuePath;
  },
): TomlPlace {
  if (rest.length === 0) return { at: "value", node, holder };
  const entry = node.entries.find(({ path }) => startsWith(rest, path));
  if (entry === undefined) return { at: "inside", holder: node, rest };
  return walkNode({ holder: node, node: entry.node, rest: rest.slice(entry.path.length) });
}

/** How many parts of `path` the data has. */
export function depthOf({ text, items, data }: TomlTree, path: ValuePath): number {
  let value = data;
  for (const [depth, part] of path.entries()) {
    const isFit = typeof part === "number" ? Array.isArray(value) : value instanceof Map;
    if (!isFit) {
      const found = Array.isArray(value)
        ? "a list"
        : value instanceof Map
        ? "a table"
        : "a single value";
      const wanted = typeof part === "number" ? "a list" : "a table";
      const here = path.slice(0, depth);
      const item = items.find((item) => startsWith(here, item.path) || startsWith(item.path, here));
      const line = item === undefined ? null : lineOf(text, item.start);
      throw misfit(here, { found, wanted, line });
    }
    const child = childOf(value, part);
    if (child === undefined) return depth;
    value = child;
  }
  return path.length;
}

/** What stands at `path` in the data. */
export function tomlAt(data: Data, path: ValuePath): Data {
  return path.reduce((value: Data, part) => childOf(value, part), data);
}

function childOf(data: Data, part: string | number): Data {
  if (typeof part === "number") return Array.isArray(data) ? data[part] : undefined;
  return data instanceof Map ? data.get(part) : undefined;
}

/** Whether `path` is `start` or leads on from there. */
export function startsWith(path: ValuePath, start: ValuePath): boolean {
  return start.length <= path.length && start.every((part, index) => part === path[index]);
}

/** The items of the table at `path` and of all below it, in the order of the text. */
export function itemsBelow({ items }: TomlTree, path: ValuePath): readonly TomlItem[] {
  return items.filter((item) => startsWith(item.path, path));
}

/** The whole lines of the table at `path`, `null` if others stand between them. */
export function linesOfTable(tree: TomlTree, path: ValuePath): Span | null {
  const own = itemsBelow(tree, path);
  const [first] = own;
  const last = own.at(-1);
  if (first === undefined || last === undefined) return null;
  const count = tree.items.indexOf(last) - tree.items.indexOf(first) + 1;
  if (count !== own.length) return null;
  return { start: lineStart(tree.text, first.start), end: lineEnd(tree.text, last.end) };
}

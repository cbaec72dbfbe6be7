/**
 * TOML as a {@link TextFormat}: values change, every other byte stays, and each outcome is read
 * again before it is handed out.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { type Data, dataOf, plainOf } from "./data.ts";
import { editChecked, type PathSource, type PathValue } from "./edit_checked.ts";
import { FormatError, type Look, pathText, type TextFormat, type ValuePath } from "./format.ts";
import { refuseWhole } from "./refusals.ts";
import { type Span, splice } from "./span.ts";
import { type EmptyTomlPlace, insertToml } from "./toml_insert.ts";
import { tomlLayoutOf } from "./toml_layout.ts";
import { depthOf, linesOfTable, tomlAt, walkToml } from "./toml_place.ts";
import { redactToml } from "./toml_redact.ts";
import { removeToml } from "./toml_remove.ts";
import { openToml, type TomlNode, type TomlTree } from "./toml_tree.ts";
import { isTable, writeStringLike, writeToml } from "./toml_write.ts";

/**
 * TOML 1.0: every function throws {@link FormatError} for what it does not understand. Dates are
 * text for parse(). The source of a table is all of its lines.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { toml } from "./toml.ts";
 *
 * assert.equal(
 *   toml.edit("[tui]  # mine\nsound = 'off'\n", [
 *     { path: ["model"], to: "value", value: "gpt-5" },
 *     { path: ["tui", "sound"], to: "value", value: "on" },
 *     { path: ["model_providers", "keyturn", "wire_api"], to: "value", value: "responses" },
 *   ]),
 *   'model = "gpt-5"\n\n[tui]  # mine\nsound = \'on\'\n\n' +
 *     '[model_providers.keyturn]\nwire_api = "responses"\n',
 * );
 * ```
 */
export const toml: TextFormat = {
  parse: (text) => plainOf(withoutDates(openToml(text).data)),
  look: (text, path) => look(openToml(text), path),
  edit: (text, edits) =>
    editChecked(text, edits, { dataOf: (text) => openToml(text).data, remove, set, putBack }),
  redact: (text) => redactToml(openToml(text)),
};

function withoutDates(data: Data): Data {
  if (data instanceof Date) return data.toISOString();
  if (Array.isArray(data)) return data.map(withoutDates);
  if (!(data instanceof Map)) return data;
  return new Map(Array.from(data, ([key, child]) => [key, withoutDates(child)]));
}

function look(tree: TomlTree, path: ValuePath): Look {
  const depth = depthOf(tree, path);
  if (depth < path.length) return { state: "absent", since: depth + 1 };
  const { start, end } = sourceOf(tree, path);
  return { state: "value", source: tree.text.slice(start, end) };
}

/** Where the value at `path` stands: a table with all of its lines, but the end of the last one. */
function sourceOf(tree: TomlTree, path: ValuePath): Span {
  const place = walkToml(tree, path);
  if (place.at === "value") return place.node;
  const lines = place.at === "table" && path.length > 0 ? linesOfTable(tree, path) : null;
  if (lines !== null) {
    const lineBreak = /\r?\n$/.exec(tree.text.slice(lines.start, lines.end))?.[0] ?? "";
    return { start: lines.start, end: lines.end - lineBreak.length };
  }
  throw new FormatError(`"${pathText(path)}" is spread over the file`);
}

function remove(text: string, path: ValuePath): string {
  return removeToml(openToml(text), path);
}

function putBack(text: string, { path, source }: PathSource): string | null {
  refuseWhole(path);
  const tree = openToml(text);
  return depthOf(tree, path) < path.length ? null : splice(tree.text, sourceOf(tree, path), source);
}

function set(text: string, { path, value }: PathValue): string {
  refuseWhole(path);
  const tree = openToml(text);
  const old = tomlAt(tree.data, path);
  if (isDeepStrictEqual(old, dataOf(value))) return tree.text;
  const place = walkToml(tree, path);
  switch (place.at) {
    case "value":
      return splice(tree.text, place.node, sourceFor(tree, { node: place.node, value }));
    case "table":
      return setTable(tree, { path, value });
    case "inside":
    case "gap":
      if (old === undefined) return insertUndoable(tree, { place, path, value });
      throw new FormatError(`"${pathText(path)}" is written with dots between braces`);
  }
}

function sourceFor(
  tree: TomlTree,
  { node, value }: { readonly node: TomlNode; readonly value: PathValue["value"] },
): string {
  return typeof value === "string"
    ? writeStringLike(value, tree.text.slice(node.start, node.end))
    : writeToml(value, tomlLayoutOf(tree));
}

/** A table that has lines of its own is changed key by key, so that its comments stay. */
function setTable(tree: TomlTree, { path, value }: PathValue): string {
  const old = tomlAt(tree.data, path);
  if (!(isTable(value) && old instanceof Map) && !(Array.isArray(value) && Array.isArray(old))) {
    const found = old instanceof Map ? "a table" : "a list of tables";
    throw new FormatError(`"${pathText(path)}" is ${found} with lines of its own`);
  }
  const { start, end } = sourceOf(tree, path);
  const parts: readonly (string | number)[] = Array.isArray(value)
    ? Array.from(value.keys())
    : Object.keys(value);
  const gone = Array.from(old.keys()).filter((part) => !parts.includes(part)).toReversed();
  const filled = parts.reduce((text: string, part) => {
    const child = Object.entries(value).find(([key]) => key === String(part))?.[1] ?? null;
    return set(text, { path: [...path, part], value: child });
  }, tree.text);
  const edited = gone.reduce((text: string, part) => remove(text, [...path, part]), filled);
  const source = tree.text.slice(start, end);
  if (isPutBack(openToml(edited), { path, source, text: tree.text })) return edited;
  throw new FormatError(`"${pathText(path)}" has lines that could not be put back as they are`);
}

/** Whether `source` at `path` makes `text` of a tree again. */
function isPutBack(
  tree: TomlTree,
  { path, source, text }: {
    readonly path: ValuePath;
    readonly source: string;
    readonly text: string;
  },
): boolean {
  return depthOf(tree, path) === path.length &&
    splice(tree.text, sourceOf(tree, path), source) === text;
}

/** TOML has more ways to write a table than can be told apart when it is to go again. */
function insertUndoable(
  tree: TomlTree,
  { place, path, value }: PathValue & { readonly place: EmptyTomlPlace },
): string {
  const edited = insertToml(tree, { place, value });
  const back = removeToml(openToml(edited), path.slice(0, depthOf(tree, path) + 1));
  if (back === tree.text) return edited;
  throw new FormatError(`"${pathText(path)}" has no place from which it could be taken back`);
}

/**
 * JSON with comments and trailing commas as a {@link TextFormat}: values change, every other byte
 * stays, and each outcome is read again before it is handed out.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { type Data, dataOf, plainOf } from "./data.ts";
import { editChecked, type Editor, type PathSource, type PathValue } from "./edit_checked.ts";
import type { ConfigValue, Look, TextFormat, ValuePath } from "./format.ts";
import { insertJson } from "./json_insert.ts";
import { jsonLayoutOf, linesFor } from "./json_layout.ts";
import { redactJson } from "./json_redact.ts";
import { removeJson } from "./json_remove.ts";
import {
  jsonData,
  type JsonDialect,
  type JsonEntry,
  type JsonNode,
  type JsonTree,
  openJson,
  walkJson,
} from "./json_tree.ts";
import { writeJson } from "./json_write.ts";
import { refuseWhole } from "./refusals.ts";
import { indentAt, splice } from "./span.ts";

/** JSON with comments: every function throws {@link FormatError} for what it does not understand. */
export const jsonc: TextFormat = jsonFormat("commented");

/**
 * A dialect of JSON as a {@link TextFormat}.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { jsonFormat } from "./jsonc.ts";
 *
 * const text = '{\n  "a": 1, // mine\n}\n';
 * assert.equal(
 *   jsonFormat("commented").edit(text, [{ path: ["b", "c"], to: "value", value: ["x"] }]),
 *   '{\n  "a": 1, // mine\n  "b": {\n    "c": [\n      "x"\n    ]\n  },\n}\n',
 * );
 * assert.throws(() => jsonFormat("strict").parse(text));
 * ```
 */
export function jsonFormat(dialect: JsonDialect): TextFormat {
  const open = (text: string) => openJson(text, dialect);
  const dataOfText = (text: string): Data => {
    const { root } = open(text);
    // Like an empty file in YAML.
    return root === null ? null : jsonData(root);
  };
  const editor: Editor = {
    dataOf: dataOfText,
    remove: (text, path) => removeJson(open(text), path),
    set: (text, to) => set(open(text), to),
    putBack: (text, to) => putBack(open(text), to),
  };
  return {
    parse: (text) => plainOf(dataOfText(text)),
    look: (text, path) => look(open(text), path),
    edit: (text, edits) => editChecked(text, edits, editor),
    redact: (text) => redactJson(open(text)),
  };
}

function look(tree: JsonTree, path: ValuePath): Look {
  const place = walkJson(tree, path);
  switch (place.at) {
    case "value":
      return { state: "value", source: tree.text.slice(place.node.start, place.node.end) };
    case "gap":
      return { state: "absent", since: path.length - place.rest.length + 1 };
    case "root":
      return { state: "absent", since: 0 };
  }
}

function set(tree: JsonTree, { path, value }: PathValue): string {
  refuseWhole(path);
  const place = walkJson(tree, path);
  return place.at === "value"
    ? replaceValue(tree, { ...place, value })
    : insertJson(tree, { place, value });
}

function putBack(tree: JsonTree, { path, source }: PathSource): string | null {
  refuseWhole(path);
  const place = walkJson(tree, path);
  return place.at === "value" ? splice(tree.text, place.node, source) : null;
}

function replaceValue(
  tree: JsonTree,
  { node, holder, value }: {
    readonly node: JsonNode;
    readonly holder: JsonEntry | null;
    readonly value: ConfigValue;
  },
): string {
  if (isDeepStrictEqual(jsonData(node), dataOf(value))) return tree.text;
  const layout = jsonLayoutOf(tree);
  const old = tree.text.slice(node.start, node.end);
  const lines = /[\r\n]/.test(old)
    ? "many"
    : node.entries.length > 0
    ? "one"
    : linesFor(tree, holder);
  const indent = indentAt(tree.text, node.start);
  return splice(tree.text, node, writeJson(value, { layout, lines, indent }));
}

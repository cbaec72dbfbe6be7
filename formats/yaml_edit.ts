/**
 * One edit of a YAML text, as a splice of the text; the tree only says where.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { isScalar, Scalar } from "yaml";
import { type ConfigValue, type Edit, FormatError, pathText, type ValuePath } from "./format.ts";
import { insertEntry } from "./yaml_insert.ts";
import { columnOf, layoutOf, sourceSpan, splice } from "./yaml_layout.ts";
import { removeEntry } from "./yaml_remove.ts";
import { writeValue } from "./yaml_scalar.ts";
import {
  lineOf,
  openYaml,
  type Place,
  rangeOf,
  type ValuePlace,
  walk,
  type YamlTree,
} from "./yaml_tree.ts";
import { blockLines, flowText, hasEntries } from "./yaml_write.ts";

/**
 * `text` with one `edit` made.
 *
 * @throws {FormatError} where the place of the edit is not plain.
 */
export function makeEdit(text: string, edit: Edit): string {
  const lone = /\r(?!\n)/.exec(text);
  if (lone !== null) {
    // A line break to YAML 1.2, and none to the library that reads it here.
    const message = "a line ends in a way that readers differ on";
    throw new FormatError(message, lineOf(text, lone.index));
  }
  if (edit.path.length === 0) throw new FormatError("the whole file is not a value to change");
  const tree = openYaml(text);
  const place = walk(tree, edit.path);
  switch (edit.to) {
    case "nothing":
      return removeEntry(tree, edit.path);
    case "source":
      return putSource(tree, { place, source: edit.source, path: edit.path });
    case "value":
      return place.at === "value"
        ? replaceValue(tree, { place, value: edit.value, path: edit.path })
        : insertEntry(tree, { place, value: edit.value });
  }
}

function replaceValue(
  tree: YamlTree,
  { place, value, path }: { place: ValuePlace; value: ConfigValue; path: ValuePath },
): string {
  if (isDeepStrictEqual(place.node.toJS(tree.document), value)) return tree.text;
  refuseBlockScalar(tree, { place, path });
  return putText(tree, { place, written: writtenFor(tree, { place, value }) });
}

/** The source of `value` in the style of what stands at `place`. */
function writtenFor(
  tree: YamlTree,
  { place: { node, style }, value }: { place: ValuePlace; value: ConfigValue },
): string {
  if (hasEntries(value) && !isScalar(node) && !node.flow) {
    const layout = layoutOf(tree);
    const column = columnOf(tree.text, rangeOf(node)[0]);
    return blockLines(value, { column, layout }).join(layout.eol).trimStart();
  }
  if (typeof value === "object" && value !== null) return flowText(value);
  const quotes = quotesOf(node);
  return quotes === "plain" && style === "flow" ? flowText(value) : writeValue(value, { quotes });
}

function putSource(
  tree: YamlTree,
  { place, source, path }: { place: Place; source: string; path: ValuePath },
): string {
  if (place.at !== "value") {
    throw new FormatError(`Cannot put back "${pathText(path)}": no value stands there now`);
  }
  return putText(tree, { place, written: source });
}

/** Puts `written` where a value stands, which may be a key with nothing behind its colon. */
function putText(
  tree: YamlTree,
  { place, written }: { place: ValuePlace; written: string },
): string {
  const { start, end } = sourceSpan(tree, place.node);
  if (start !== end) {
    // The space before it came with it, where nothing stood behind a colon or a dash.
    const gap = place.colon ?? (tree.text[start - 1] === " " ? start - 1 : start);
    const from = written === "" ? gap : start;
    return splice(tree.text, { start: from, end }, written);
  }
  if (written === "") return tree.text;
  const at = place.colon ?? start;
  return splice(tree.text, { start: at, end: at }, ` ${written}`);
}

function refuseBlockScalar(
  tree: YamlTree,
  { place: { node }, path }: { readonly place: ValuePlace; readonly path: ValuePath },
): void {
  if (!isScalar(node)) return;
  if (node.type !== Scalar.BLOCK_FOLDED && node.type !== Scalar.BLOCK_LITERAL) return;
  throw new FormatError(
    `"${pathText(path)}" is a block scalar ("|" or ">"); write its value on one line`,
    lineOf(tree.text, rangeOf(node)[0]),
  );
}

function quotesOf(node: ValuePlace["node"]): "plain" | "single" | "double" {
  if (!isScalar(node)) return "plain";
  if (node.type === Scalar.QUOTE_SINGLE) return "single";
  return node.type === Scalar.QUOTE_DOUBLE ? "double" : "plain";
}

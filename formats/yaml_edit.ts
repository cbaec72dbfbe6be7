/**
 * One edit of a YAML text, as a splice of the text; the tree only says where.
 *
 * @module
 */

import { isMap, type Node, Scalar } from "yaml";
import { type Edit, FormatError, pathText, type ValuePath } from "./format.ts";
import { insertEntry } from "./yaml_insert.ts";
import { splice } from "./yaml_layout.ts";
import { removeEntry } from "./yaml_remove.ts";
import { writeScalar } from "./yaml_scalar.ts";
import {
  lineOf,
  openYaml,
  type Place,
  rangeOf,
  type ScalarPlace,
  walk,
  type YamlTree,
} from "./yaml_tree.ts";
import { flowScalar } from "./yaml_write.ts";

/**
 * `text` with one `edit` made.
 *
 * @throws {FormatError} where the place of the edit is not plain.
 */
export function makeEdit(text: string, edit: Edit): string {
  const tree = openYaml(text);
  const place = walk(tree, edit.path);
  switch (edit.to) {
    case "nothing":
      return removeEntry(tree, edit.path);
    case "source":
      return putSource(tree, { place, source: edit.source, path: edit.path });
    case "value":
      return putValue(tree, { place, value: edit.value, path: edit.path });
  }
}

interface Put {
  readonly place: Place;
  readonly value: string;
  readonly path: ValuePath;
}

function putValue(tree: YamlTree, { place, value, path }: Put): string {
  switch (place.at) {
    case "scalar":
      return replaceScalar(tree, { place, value, path });
    case "collection":
      throw notScalar(tree, { node: place.node, path });
    default:
      return insertEntry(tree, { place, value });
  }
}

function replaceScalar(
  tree: YamlTree,
  { place, value, path }: { place: ScalarPlace; value: string; path: ValuePath },
): string {
  const { node } = place;
  if (node.value === value) return tree.text;
  if (node.type === Scalar.BLOCK_FOLDED || node.type === Scalar.BLOCK_LITERAL) {
    throw new FormatError(
      `"${pathText(path)}" is a block scalar ("|" or ">"); write its value on one line`,
      lineOf(tree.text, rangeOf(node)[0]),
    );
  }
  const written = quotesOf(node) === "plain" && place.style === "flow"
    ? flowScalar(value)
    : writeScalar(value, { quotes: quotesOf(node) });
  return putText(tree, { place, written });
}

function putSource(
  tree: YamlTree,
  { place, source, path }: { place: Place; source: string; path: ValuePath },
): string {
  if (place.at !== "scalar") {
    throw new FormatError(`Cannot put back "${pathText(path)}": no single value stands there now`);
  }
  return putText(tree, { place, written: source });
}

/** Puts `written` where a scalar stands, which may be a key with nothing behind its colon. */
function putText(
  tree: YamlTree,
  { place, written }: { place: ScalarPlace; written: string },
): string {
  const [start, end] = rangeOf(place.node);
  if (start !== end) {
    const from = written === "" && place.colon !== null ? place.colon : start;
    return splice(tree.text, { start: from, end }, written);
  }
  if (written === "") return tree.text;
  const at = place.colon ?? start;
  return splice(tree.text, { start: at, end: at }, ` ${written}`);
}

function quotesOf(node: Scalar): "plain" | "single" | "double" {
  if (node.type === Scalar.QUOTE_SINGLE) return "single";
  return node.type === Scalar.QUOTE_DOUBLE ? "double" : "plain";
}

function notScalar(
  tree: YamlTree,
  { node, path }: { readonly node: Node; readonly path: ValuePath },
): FormatError {
  const found = isMap(node) ? "a mapping" : "a list";
  return new FormatError(
    `"${pathText(path)}" is ${found}, wanted a single value`,
    lineOf(tree.text, rangeOf(node)[0]),
  );
}

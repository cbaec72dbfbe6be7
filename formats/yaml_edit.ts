/**
 * One edit of a YAML text, as a splice of the text; the tree only says where.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { isScalar, Scalar } from "yaml";
import type { PathSource, PathValue } from "./edit_checked.ts";
import { type ConfigValue, FormatError, pathText, type ValuePath } from "./format.ts";
import { refuseLoneReturn, refuseWhole } from "./refusals.ts";
import { lineOf, splice } from "./span.ts";
import { insertEntry } from "./yaml_insert.ts";
import { columnOf, layoutOf, sourceSpan } from "./yaml_layout.ts";
import { removeEntry } from "./yaml_remove.ts";
import { writeValue } from "./yaml_scalar.ts";
import {
  openYaml,
  type Place,
  rangeOf,
  type ValuePlace,
  walk,
  type YamlTree,
} from "./yaml_tree.ts";
import { blockLines, flowText, hasEntries } from "./yaml_write.ts";

/** `text` without what stands at `path`. Throws {@link FormatError} where that is not plain. */
export function removeYaml(text: string, path: ValuePath): string {
  const { tree } = openAt(text, path);
  return removeEntry(tree, path);
}

/** `text` with `value` at `path`. Throws {@link FormatError} where that is not plain. */
export function setYaml(text: string, { path, value }: PathValue): string {
  const { tree, place } = openAt(text, path);
  return place.at === "value"
    ? replaceValue(tree, { place, value, path })
    : insertEntry(tree, { place, value });
}

/** `text` with `source` at `path`, `null` if no value stands there. */
export function putBackYaml(text: string, { path, source }: PathSource): string | null {
  const { tree, place } = openAt(text, path);
  return place.at === "value" ? putText(tree, { place, written: source }) : null;
}

/** The tree of a text that is to be edited, and where a path leads in it. */
function openAt(
  text: string,
  path: ValuePath,
): { readonly tree: YamlTree; readonly place: Place } {
  // A line break to YAML 1.2, and none to the library that reads it here.
  refuseLoneReturn(text);
  refuseWhole(path);
  const tree = openYaml(text);
  return { tree, place: walk(tree, path) };
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

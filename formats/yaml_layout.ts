/**
 * How the lines of a YAML text lie: where an entry begins and ends, and how this file indents.
 *
 * @module
 */

import { isMap, isScalar, isSeq, type Node, type Pair, visit } from "yaml";
import type { YAMLMap, YAMLSeq } from "yaml";
import { lineBreakOf, lineEnd, lineStart, type Span } from "./span.ts";
import { colonAfter, isVoid, rangeOf, type YamlTree } from "./yaml_tree.ts";

/** The habits of one file. */
export interface Layout {
  /** How many spaces deeper a nested mapping stands. */
  readonly step: number;
  /** How many spaces deeper than its key the dash of a list stands. */
  readonly dash: number;
  /** The end of a line. */
  readonly eol: "\n" | "\r\n";
}

/** What a mapping or a list consists of. */
export type Entry = Pair<Node, Node | null> | Node;

/** How many characters stand before `offset` on its line. */
export function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset);
}

/** The text of an entry: from its key or first character to the end of its last value. */
export function spanOf(tree: YamlTree, entry: Entry): Span {
  if (!isPair(entry)) return { start: rangeOf(entry)[0], end: contentEnd(tree, entry) };
  const start = rangeOf(entry.key)[0];
  const { value } = entry;
  if (value === null) return { start, end: rangeOf(entry.key)[1] };
  // The parser puts a value that is not there behind the spaces, sometimes behind line breaks.
  if (isVoid(value)) return { start, end: colonAfter(tree.text, entry.key) };
  return { start, end: contentEnd(tree, value) };
}

/** The text of a value; a line break at its end, as block scalars have it, is left out. */
export function sourceSpan(tree: YamlTree, node: Node): Span {
  const start = rangeOf(node)[0];
  const end = contentEnd(tree, node);
  const lineBreak = /\r?\n$/.exec(tree.text.slice(start, end))?.[0] ?? "";
  return { start, end: end - lineBreak.length };
}

/** Whether an entry is one of a mapping. */
export function isPair(entry: Entry): entry is Pair<Node, Node | null> {
  return "key" in entry;
}

/** Entries of a mapping or list, as {@link spanOf} takes them. */
export function entriesOf(node: YAMLMap | YAMLSeq): readonly Entry[] {
  if (isMap<Node, Node | null>(node)) return node.items;
  return isSeq<Node>(node) ? node.items : [];
}

/** Where whole lines behind `entry` begin: after its comment, before whatever follows. */
export function linesAfter(tree: YamlTree, entry: Entry): number {
  const { start, end } = spanOf(tree, entry);
  // A block scalar ends with its line break, everything else before it.
  return end > start && tree.text[end - 1] === "\n" ? end : lineEnd(tree.text, end);
}

/** The habits of a file: those of its first nested mapping and its first list, else two spaces. */
export function layoutOf(tree: YamlTree): Layout {
  const { text } = tree;
  let step: number | null = null;
  let dash: number | null = null;
  visit(tree.document, {
    Pair(_, pair: Pair<unknown, unknown>) {
      const { key, value } = pair;
      if (!isScalar(key) || !(isMap(value) || isSeq(value)) || value.flow) return;
      const deeper = columnOf(text, rangeOf(value)[0]) - columnOf(text, rangeOf(key)[0]);
      if (isMap(value)) step ??= deeper;
      else dash ??= deeper;
    },
  });
  return { step: step ?? 2, dash: dash ?? 2, eol: lineBreakOf(text) };
}

function contentEnd(tree: YamlTree, node: Node): number {
  if ((isMap(node) || isSeq(node)) && !node.flow) {
    const last = entriesOf(node).at(-1);
    // The parser counts the comments behind a block mapping to it, we do not.
    if (last !== undefined) return spanOf(tree, last).end;
  }
  return rangeOf(node)[1];
}

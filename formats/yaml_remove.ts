/**
 * Taking an entry out of a YAML text.
 *
 * @module
 */

import { isScalar, Scalar } from "yaml";
import { FormatError, pathText, type ValuePath } from "./format.ts";
import { lineOf, type Span, splice, withBreakBefore } from "./span.ts";
import { columnOf, entriesOf, type Entry, isPair, linesAfter, spanOf } from "./yaml_layout.ts";
import { walk, type YamlTree } from "./yaml_tree.ts";

/** The text without what stands at `path`; the same text if nothing does. */
export function removeEntry(tree: YamlTree, path: ValuePath): string {
  const part = path.at(-1);
  const parent = walk(tree, path.slice(0, -1));
  if (parent.at !== "value" || isScalar(parent.node)) return tree.text;
  const entries = entriesOf(parent.node);
  const index = entries.findIndex((entry, index) => nameOf(entry, index) === part);
  const entry = entries[index];
  if (entry === undefined) return tree.text;
  const span = parent.node.flow
    ? flowSpan(tree, { entries, index })
    : blockSpan(tree, { entry, next: entries[index + 1], path });
  return splice(tree.text, span, "");
}

function nameOf(entry: Entry, index: number): unknown {
  if (!isPair(entry)) return index;
  return entry.key instanceof Scalar ? entry.key.value : undefined;
}

/** An entry between braces, with the one comma that it needs no more. */
function flowSpan(
  tree: YamlTree,
  { entries, index }: { readonly entries: readonly Entry[]; readonly index: number },
): Span {
  const spans = entries.map((entry) => spanOf(tree, entry));
  const { start, end } = spans[index] ?? { start: 0, end: 0 };
  const before = spans[index - 1];
  if (before !== undefined) return { start: before.end, end };
  return { start, end: spans[index + 1]?.start ?? end };
}

/** The whole lines of an entry. */
function blockSpan(
  tree: YamlTree,
  { entry, next, path }: {
    readonly entry: Entry;
    readonly next: Entry | undefined;
    readonly path: ValuePath;
  },
): Span {
  const { text } = tree;
  const from = spanOf(tree, entry).start;
  const start = from - columnOf(text, from);
  const lead = text.slice(start, from);
  // The first key behind a dash: the next one takes its place there.
  if (isPair(entry) && next !== undefined && /^ *- +$/.test(lead)) {
    return { start: from, end: spanOf(tree, next).start };
  }
  if (!(isPair(entry) ? /^ *$/ : /^ *- +$/).test(lead)) {
    throw new FormatError(
      `Cannot remove "${pathText(path)}": something else stands on its line`,
      lineOf(text, from),
    );
  }
  return withBreakBefore(text, { start, end: linesAfter(tree, entry) });
}

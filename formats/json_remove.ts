/**
 * Taking an entry out of a JSON text, with its line and the one comma that is needed no more.
 *
 * @module
 */

import { cutEntry, SLASH_COMMENTS } from "./comma_list.ts";
import type { ValuePath } from "./format.ts";
import { type JsonNode, type JsonTree, walkJson } from "./json_tree.ts";
import { lineStart, type Span, spliceAll, startsLine, withBreakBefore } from "./span.ts";

/** The text without what stands at `path`; the same text if nothing does. */
export function removeJson(tree: JsonTree, path: ValuePath): string {
  const { text, root } = tree;
  const part = path.at(-1);
  if (root === null) return text;
  if (part === undefined) return cut(text, [rootSpan(text, root)]);
  const place = walkJson(tree, path.slice(0, -1));
  if (place.at !== "value") return text;
  const { entries, start, end } = place.node;
  const spans = cutEntry(text, {
    entries: entries.map(({ start, node }) => ({ start, end: node.end })),
    index: entries.findIndex((entry) => entry.part === part),
    inside: { start: start + 1, end: end - 1 },
    comments: SLASH_COMMENTS,
  });
  return cut(text, spans);
}

function cut(text: string, spans: readonly Span[]): string {
  return spliceAll(text, spans.map((span) => ({ ...span, insert: "" })));
}

function rootSpan(text: string, root: JsonNode): Span {
  if (!startsLine(text, root.start)) return root;
  const start = lineStart(text, root.start);
  const rest = /^[ \t]*(?:\r?\n)?/.exec(text.slice(root.end))?.[0] ?? "";
  return withBreakBefore(text, { start, end: root.end + rest.length });
}

/**
 * Taking an entry out of a JSON text, with its line and the one comma that is needed no more.
 *
 * @module
 */

import type { ValuePath } from "./format.ts";
import { commaBehind, nextLine } from "./json_layout.ts";
import { type JsonEntry, type JsonNode, type JsonTree, walkJson } from "./json_tree.ts";
import { lineStart, type Span, spliceAll, startsLine } from "./span.ts";

/** The text without what stands at `path`; the same text if nothing does. */
export function removeJson(tree: JsonTree, path: ValuePath): string {
  const { text, root } = tree;
  const part = path.at(-1);
  if (root === null) return text;
  if (part === undefined) return cut(text, [rootSpan(text, root)]);
  const parent = walkJson(tree, path.slice(0, -1));
  if (parent.at !== "value") return text;
  const { entries } = parent.node;
  const index = entries.findIndex((entry) => entry.part === part);
  const entry = entries[index];
  if (entry === undefined) return text;
  const comma = commaBehind(text, entry);
  const own = { start: entry.start, end: comma === null ? entry.node.end : comma + 1 };
  const before = entries[index - 1];
  if (before !== undefined) return cut(text, besideOthers(text, { own, before, comma }));
  return entries.length > 1
    ? cut(text, [firstSpan(text, own)])
    : cut(text, [onlySpan(text, { own, parent: parent.node })]);
}

function cut(text: string, spans: readonly Span[]): string {
  return spliceAll(text, spans.map((span) => ({ ...span, insert: "" })));
}

function besideOthers(
  text: string,
  { own, before, comma }: {
    readonly own: Span;
    readonly before: JsonEntry;
    readonly comma: number | null;
  },
): readonly Span[] {
  const between = commaBehind(text, before) ?? own.start;
  const lines = linesOf(text, own);
  const onlySpaces = /^[ \t]*$/.test(text.slice(between + 1, own.start));
  const span = lines ??
    (onlySpaces
      ? { start: between + 1, end: own.end }
      : comma === null
      ? own
      : firstSpan(text, own));
  // A last entry without a comma takes the one before it along.
  return comma === null ? [{ start: between, end: between + 1 }, span] : [span];
}

/** An entry with what stands between it and the next one. */
function firstSpan(text: string, own: Span): Span {
  const spaces = /^[ \t]*/.exec(text.slice(own.end))?.[0] ?? "";
  return linesOf(text, own) ?? { start: own.start, end: own.end + spaces.length };
}

/** The only entry of `parent`, with what was written around it when it came. */
function onlySpan(
  text: string,
  { own, parent }: { readonly own: Span; readonly parent: JsonNode },
): Span {
  const inside = { start: parent.start + 1, end: parent.end - 1 };
  const lead = text.slice(inside.start, own.start);
  const tail = text.slice(own.end, inside.end);
  if (/\S/.test(lead + tail)) return linesOf(text, own) ?? own;
  if (lead === tail && !/[\r\n]/.test(lead)) return { start: inside.start, end: own.end };
  if (!/^\r?\n[ \t]*$/.test(lead)) return own;
  const lineBreak = /^\r?\n/.exec(tail)?.[0] ?? "";
  const isClosedUp = /^\r?\n[ \t]*$/.test(tail);
  return { start: inside.start, end: isClosedUp ? inside.end : own.end + lineBreak.length };
}

/** The whole lines of an entry, `null` if something else stands on them. */
function linesOf(text: string, { start, end }: Span): Span | null {
  const next = nextLine(text, end);
  return next !== null && startsLine(text, start)
    ? { start: lineStart(text, start), end: next }
    : null;
}

function rootSpan(text: string, root: JsonNode): Span {
  if (!startsLine(text, root.start)) return root;
  const start = lineStart(text, root.start);
  const rest = /^[ \t]*(?:\r?\n)?/.exec(text.slice(root.end))?.[0] ?? "";
  const end = root.end + rest.length;
  // A last line without a line break takes the break before it along.
  const isOpen = end === text.length && !/[\r\n]$/.test(text);
  return { start: isOpen ? text.slice(0, start).replace(/\r?\n$/, "").length : start, end };
}

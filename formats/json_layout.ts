/**
 * How a JSON text is laid out: how this file indents.
 *
 * @module
 */

import type { JsonEntry, JsonNode, JsonTree } from "./json_tree.ts";
import { indentAt, lineBreakOf, startsLine } from "./span.ts";

/** The habits of one file. */
export interface JsonLayout {
  /** What one level of nesting adds to the indent. */
  readonly unit: string;
  /** The end of a line. */
  readonly eol: "\n" | "\r\n";
  /** What stands between a key and its value. */
  readonly colon: string;
  /** What stands behind a comma on one line. */
  readonly gap: string;
  /** What stands behind a brace that opens on one line. */
  readonly pad: string;
  /** Whether its entries have lines of their own. */
  readonly lines: "many" | "one";
}

/** The habits of a file: those of its first entries, else two spaces and a line for each. */
export function jsonLayoutOf({ text, root }: JsonTree): JsonLayout {
  const all = root === null ? [] : containersIn(root);
  const colon = colonOf(text, all);
  const gap = colon.endsWith(" ") ? " " : "";
  const isOneLine = root !== null && root.entries.length > 0 &&
    !/[\r\n]/.test(text.slice(root.start, root.end));
  const first = isOneLine && root.kind === "object" ? root.entries[0] : undefined;
  return {
    unit: unitOf(text, all) ?? "  ",
    eol: lineBreakOf(text),
    colon,
    gap,
    pad: first !== undefined && /\s/.test(text.charAt(first.start - 1)) ? " " : "",
    lines: isOneLine ? "one" : "many",
  };
}

/** Whether the value of `holder` may take lines: what stands within a line stays within it. */
export function linesFor(tree: JsonTree, holder: JsonEntry | null): JsonLayout["lines"] {
  if (holder !== null && !startsLine(tree.text, holder.start)) return "one";
  return jsonLayoutOf(tree).lines;
}

/** Objects and arrays that are not empty, in the order of the text. */
function containersIn(node: JsonNode): readonly JsonNode[] {
  if (node.entries.length === 0) return [];
  return [node, ...node.entries.flatMap(({ node }) => containersIn(node))];
}

function unitOf(text: string, containers: readonly JsonNode[]): string | undefined {
  for (const { start, entries: [first] } of containers) {
    if (first === undefined || !startsLine(text, first.start)) continue;
    const outer = indentAt(text, start);
    const inner = indentAt(text, first.start);
    if (inner.startsWith(outer) && inner !== outer) return inner.slice(outer.length);
  }
  return undefined;
}

function colonOf(text: string, containers: readonly JsonNode[]): string {
  const first = containers.find(({ kind }) => kind === "object")?.entries[0];
  const between = first === undefined ? ": " : text.slice(first.keyEnd, first.node.start);
  if (!/^[ \t]*:[ \t]*$/.test(between)) return ": ";
  return between.replace(/[ \t]+/g, " ");
}

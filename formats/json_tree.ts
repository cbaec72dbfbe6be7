/**
 * A JSON text → its tree with positions, and the way along a path through it. Everything that
 * would make an edit a guess is refused here.
 *
 * @module
 */

import { type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import type { Data } from "./data.ts";
import { FormatError, type ValuePath } from "./format.ts";
import { misfit } from "./refusals.ts";
import { lineOf } from "./span.ts";

/** What a text may have: comments and trailing commas, or neither. */
export type JsonDialect = "commented" | "strict";

/** A value in the text. */
export interface JsonNode {
  /** What it is. */
  readonly kind: "object" | "array" | "string" | "scalar";
  /** Offset of its first character. */
  readonly start: number;
  /** Offset after its last character. */
  readonly end: number;
  /** Of a string or another scalar: what it says. */
  readonly value: string | number | boolean | null;
  /** Of an object or an array: what is in it. */
  readonly entries: readonly JsonEntry[];
}

/** A value in an object or an array. */
export interface JsonEntry {
  /** Its key or index. */
  readonly part: string | number;
  /** Offset of its key's quote, or of the value where there is no key. */
  readonly start: number;
  /** Offset after its key, or of the value where there is no key. */
  readonly keyEnd: number;
  /** The value. */
  readonly node: JsonNode;
}

/** A text with its tree. */
export interface JsonTree {
  /** The text itself. */
  readonly text: string;
  /** Its value, `null` if it has none. */
  readonly root: JsonNode | null;
}

/** Where a path ends. */
export type JsonPlace =
  /** At a value; `holder` is its entry, `null` for the root. */
  | { readonly at: "value"; readonly node: JsonNode; readonly holder: JsonEntry | null }
  /** `parent`, the value of `holder`, has no such entry: `rest` is what is missing of the path. */
  | {
    readonly at: "gap";
    readonly parent: JsonNode;
    readonly holder: JsonEntry | null;
    readonly rest: ValuePath;
  }
  /** The text has nothing but comments. */
  | { readonly at: "root"; readonly rest: ValuePath };

// The parser calls itself for every level. No config is nested like this.
const MAX_DEPTH = 200;

/**
 * Parses `text`.
 *
 * @throws {FormatError} for what is not JSON of this dialect, for a key that stands twice, and
 * for what is nested more than 200 levels deep.
 */
export function openJson(text: string, dialect: JsonDialect): JsonTree {
  // A space in the place of the mark keeps the offsets.
  const bare = text.replace(/^\ufeff/, " ");
  refuseDepth(bare);
  const errors: ParseError[] = [];
  const root = parseTree(bare, errors, {
    allowTrailingComma: dialect === "commented",
    disallowComments: dialect === "strict",
    allowEmptyContent: true,
  });
  const [error] = errors;
  if (error !== undefined) {
    const reason = printParseErrorCode(error.error) === "InvalidCommentToken"
      ? "a comment stands here, and this program reads JSON without comments"
      : "not valid JSON";
    throw new FormatError(reason, lineOf(text, error.offset));
  }
  return { text, root: root === undefined ? null : nodeOf(text, root) };
}

// Strings and comments, in which brackets mean nothing, and brackets.
const BRACKET = /"[^"\\]*(?:\\[^][^"\\]*)*"|\/\/[^\r\n]*|\/\*[^]*?\*\/|[[{]|[\]}]/g;

function refuseDepth(text: string): void {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(BRACKET)) {
    if (token === "{" || token === "[") depth += 1;
    if (token === "}" || token === "]") depth -= 1;
    if (depth > MAX_DEPTH) {
      throw new FormatError("the file is nested too deep", lineOf(text, index));
    }
  }
}

function nodeOf(text: string, node: Node): JsonNode {
  const span = { start: node.offset, end: node.offset + node.length, value: null, entries: [] };
  switch (node.type) {
    case "object":
      return { ...span, kind: "object", entries: propertiesOf(text, node) };
    case "array":
      return {
        ...span,
        kind: "array",
        entries: (node.children ?? []).map((child, index) => {
          const item = nodeOf(text, child);
          return { part: index, start: item.start, keyEnd: item.start, node: item };
        }),
      };
    default:
      return { ...span, kind: node.type === "string" ? "string" : "scalar", value: node.value };
  }
}

function propertiesOf(text: string, node: Node): readonly JsonEntry[] {
  const seen = new Set<string>();
  return (node.children ?? []).map(({ children: [key, value] = [] }) => {
    if (key === undefined || value === undefined) throw new FormatError("not valid JSON");
    const part = String(key.value);
    if (seen.has(part)) {
      throw new FormatError(
        "a key stands in its object twice; remove one of the two",
        lineOf(text, key.offset),
      );
    }
    seen.add(part);
    const keyEnd = key.offset + key.length;
    return { part, start: key.offset, keyEnd, node: nodeOf(text, value) };
  });
}

/** The data of a value. */
export function jsonData(node: JsonNode): Data {
  if (node.kind === "array") return node.entries.map(({ node }) => jsonData(node));
  if (node.kind !== "object") return node.value;
  return new Map(node.entries.map(({ part, node }) => [part, jsonData(node)]));
}

/**
 * Follows `path` as far as it goes.
 *
 * @throws {FormatError} where the path wants an object or an array and finds something else.
 */
export function walkJson({ text, root }: JsonTree, path: ValuePath): JsonPlace {
  if (root === null) return { at: "root", rest: path };
  let node = root;
  let holder: JsonEntry | null = null;
  for (const [depth, part] of path.entries()) {
    const wanted = typeof part === "number" ? "array" : "object";
    if (node.kind !== wanted) {
      const found = node.kind === "object" || node.kind === "array"
        ? `an ${node.kind}`
        : "a single value";
      const line = lineOf(text, node.start);
      throw misfit(path.slice(0, depth), { found, wanted: `an ${wanted}`, line });
    }
    const entry = node.entries.find((entry) => entry.part === part);
    if (entry === undefined) return { at: "gap", parent: node, holder, rest: path.slice(depth) };
    node = entry.node;
    holder = entry;
  }
  return { at: "value", node, holder };
}

/**
 * A TOML text → its tables and values with positions. Places come from `toml-eslint-parser`, data
 * from `smol-toml`, and both must take the text for TOML.
 *
 * @module
 */

import { parse, type TomlPrimitive } from "smol-toml";
import { type AST, parseTOML } from "toml-eslint-parser";
import type { Data } from "./data.ts";
import { FormatError, type ValuePath } from "./format.ts";

/** A value in the text. */
export interface TomlNode {
  /** What it is. */
  readonly kind: "inline" | "array" | "string" | "scalar";
  /** Offset of its first character. */
  readonly start: number;
  /** Offset after its last character. */
  readonly end: number;
  /** What a string says; empty for all else. */
  readonly text: string;
  /** What is in an array or an inline table. */
  readonly entries: readonly TomlEntry[];
}

/** A value in an array or an inline table. */
export interface TomlEntry {
  /** Its index, or its key, which has several parts where dots are written. */
  readonly path: ValuePath;
  /** Offset of its key, or of the value where there is no key. */
  readonly start: number;
  /** Offset after its key, or of the value where there is no key. */
  readonly keyEnd: number;
  /** The value. */
  readonly node: TomlNode;
}

/** What a text consists of, line by line: headers of tables, and keys with their values. */
export interface TomlItem {
  /** Where it stands in the data, from the root. */
  readonly path: ValuePath;
  /** Where its table stands; its own path for a header. */
  readonly table: ValuePath;
  /** Offset of its first character. */
  readonly start: number;
  /** Offset after its last character. */
  readonly end: number;
  /** Offset after its key. */
  readonly keyEnd: number;
  /** Its value, `null` for a header. */
  readonly node: TomlNode | null;
}

/** A text with its tree. */
export interface TomlTree {
  /** The text itself. */
  readonly text: string;
  /** Its items, in the order of the text. */
  readonly items: readonly TomlItem[];
  /** Its data. */
  readonly data: Data;
}

// Parsers call themselves for every level. No config is nested like this.
const MAX_DEPTH = 200;

/**
 * Parses `text`.
 *
 * @throws {FormatError} for what is not TOML 1.0, a key or table that stands twice included, and
 * for what is nested too deep.
 */
export function openToml(text: string): TomlTree {
  try {
    const data = dataOf(parse(text, { integersAsBigInt: "asNeeded", maxDepth: MAX_DEPTH }));
    // A space in the place of the mark keeps the offsets. Of a lone "0" at the end of a text this
    // parser (1.0.3) gives an empty range, so the text gets one more end of a line.
    const program = parseTOML(`${text.replace(/^\ufeff/, " ")}\n`, { tomlVersion: "1.0" });
    const items = program.body[0].body.flatMap(itemsOf);
    if (items.some(({ path }) => path.length > MAX_DEPTH)) throw new RangeError("too deep");
    return { text, items, data };
  } catch (error) {
    throw refusal(error);
  }
}

/** The parsers' own messages can quote the text, and the text can hold secrets. */
function refusal(error: unknown): unknown {
  if (error instanceof RangeError) return new FormatError("the file is nested too deep");
  if (!(error instanceof Error)) return error;
  const line = "line" in error ? error.line : "lineNumber" in error ? error.lineNumber : null;
  if (typeof line !== "number") return error;
  const reason = /redefine|multiple times/.test(error.message)
    ? "a key or table stands here a second time; remove one of the two"
    : /excessively nested/.test(error.message)
    ? "the file is nested too deep"
    : "not valid TOML";
  return new FormatError(reason, line);
}

type TomlValue = TomlPrimitive | { [key: string]: TomlValue } | TomlValue[];

function dataOf(value: TomlValue): Data {
  if (Array.isArray(value)) return value.map(dataOf);
  if (typeof value !== "object" || value instanceof Date) return value;
  return new Map(Object.entries(value).map(([key, child]) => [key, dataOf(child)]));
}

function itemsOf(node: AST.TOMLKeyValue | AST.TOMLTable): readonly TomlItem[] {
  if (node.type === "TOMLKeyValue") return [keyItem(node, [])];
  const path = node.resolvedKey;
  const [start] = node.range;
  const keyEnd = node.key.range[1];
  // The node of a table reaches to its last key; what counts here is the header alone.
  const end = keyEnd + (node.kind === "array" ? 2 : 1);
  return [
    { path, table: path, start, end, keyEnd, node: null },
    ...node.body.map((child) => keyItem(child, path)),
  ];
}

function keyItem(node: AST.TOMLKeyValue, table: ValuePath): TomlItem {
  const { path, start, keyEnd, node: value } = entryOf(node);
  return { path: [...table, ...path], table, start, end: value.end, keyEnd, node: value };
}

function entryOf({ key, value, range: [start] }: AST.TOMLKeyValue): TomlEntry {
  const path = key.keys.map((part) => part.type === "TOMLBare" ? part.name : part.value);
  return { path, start, keyEnd: key.range[1], node: nodeOf(value) };
}

function nodeOf(node: AST.TOMLContentNode): TomlNode {
  const [start, end] = node.range;
  const span = { start, end, text: "", entries: [] };
  switch (node.type) {
    case "TOMLArray":
      return {
        ...span,
        kind: "array",
        entries: node.elements.map((element, index) => {
          const item = nodeOf(element);
          return { path: [index], start: item.start, keyEnd: item.start, node: item };
        }),
      };
    case "TOMLInlineTable":
      return { ...span, kind: "inline", entries: node.body.map(entryOf) };
    case "TOMLValue":
      return node.kind === "string"
        ? { ...span, kind: "string", text: node.value }
        : { ...span, kind: "scalar" };
  }
}

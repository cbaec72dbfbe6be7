/**
 * New values of a TOML text: on one line, or as a table with a header.
 *
 * @module
 */

import { type ConfigValue, FormatError, numberText, type ValuePath } from "./format.ts";

/** The habits of one file. */
export interface TomlLayout {
  /** The end of a line. */
  readonly eol: "\n" | "\r\n";
  /** What stands between a key and its value. */
  readonly equals: string;
}

/** A mapping of values. */
export type ConfigTable = { readonly [key: string]: ConfigValue };

/** Whether `value` is a mapping. */
export function isTable(value: ConfigValue): value is ConfigTable {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether `value` is a mapping that is not empty. */
export function isFullTable(value: ConfigValue): value is ConfigTable {
  return isTable(value) && Object.keys(value).length > 0;
}

/**
 * A value on one line.
 *
 * @throws {FormatError} for `null`, which TOML does not have, and for what is no text or number.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { writeToml } from "./toml_write.ts";
 *
 * const layout = { eol: "\n", equals: " = " } as const;
 * assert.equal(writeToml({ "a b": ["x", 1.5] }, layout), '{ "a b" = ["x", 1.5] }');
 * ```
 */
export function writeToml(value: ConfigValue, layout: TomlLayout): string {
  if (typeof value === "string") return writeString(value);
  if (typeof value === "number") return writeNumber(value);
  if (typeof value === "boolean") return String(value);
  if (value === null) throw new FormatError("null is to stand in a TOML file, which has no null");
  if (!isTable(value)) return `[${value.map((item) => writeToml(item, layout)).join(", ")}]`;
  const entries = Object.entries(value).map(([key, child]) => writeEntry([key], child, layout));
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

/** A key, with dots where it has several parts, and its value. */
export function writeEntry(path: ValuePath, value: ConfigValue, layout: TomlLayout): string {
  return writeKey(path) + layout.equals + writeToml(value, layout);
}

/** A key as it stands in a line or a header; indices of lists are not written in TOML. */
export function writeKey(path: ValuePath): string {
  return path.filter((part) => typeof part === "string")
    .map((part) => /^[\w-]+$/.test(part) ? part : writeString(part))
    .join(".");
}

/**
 * The lines of a table with its header, tables below it behind an empty line each.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { tableLines } from "./toml_write.ts";
 *
 * const layout = { eol: "\n", equals: " = " } as const;
 * assert.deepEqual(tableLines(["a"], { b: { c: 1 }, d: 2 }, { layout, brackets: 1 }), [
 *   "[a]",
 *   "d = 2",
 *   "",
 *   "[a.b]",
 *   "c = 1",
 * ]);
 * ```
 */
export function tableLines(
  path: ValuePath,
  table: ConfigTable,
  { layout, brackets }: { readonly layout: TomlLayout; readonly brackets: 1 | 2 },
): readonly string[] {
  const entries = Object.entries(table);
  const own = entries.filter(([, child]) => !isFullTable(child));
  const below = entries.flatMap(([key, child]) =>
    isFullTable(child) ? ["", ...tableLines([...path, key], child, { layout, brackets: 1 })] : []
  );
  return [
    "[".repeat(brackets) + writeKey(path) + "]".repeat(brackets),
    ...own.map(([key, child]) => writeEntry([key], child, layout)),
    ...below,
  ];
}

/** A string for the place of another: between single quotes if that one is, and they can hold it. */
export function writeStringLike(value: string, source: string): string {
  const isLiteral = source.startsWith("'") && !source.startsWith("'''");
  return isLiteral && /^[ -&(-~]*$/.test(value) ? `'${value}'` : writeString(value);
}

function writeString(value: string): string {
  if (!value.isWellFormed()) {
    throw new FormatError("half a character is to stand in a TOML file, which cannot hold it");
  }
  // JSON's escapes are TOML's as well; it leaves one control character as it is.
  return JSON.stringify(value).replaceAll("\x7f", "\\u007f");
}

function writeNumber(value: number): string {
  if (Object.is(value, -0)) return "-0.0";
  // What has no exact integer is a float, as readers have integers of 64 bits only.
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return value.toExponential();
  return numberText(value);
}

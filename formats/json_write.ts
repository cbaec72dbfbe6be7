/**
 * New values of a JSON text, written out over lines or on one.
 *
 * @module
 */

import { type ConfigValue, numberText } from "./format.ts";
import type { JsonLayout } from "./json_layout.ts";

/** How a value is written. */
export interface JsonStyle {
  /** The habits of the file. */
  readonly layout: JsonLayout;
  /** Whether entries get lines of their own. */
  readonly lines: "many" | "one";
  /** The indent of the line on which the value begins. */
  readonly indent: string;
}

/**
 * The source of a value.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { writeJson } from "./json_write.ts";
 *
 * const layout = { unit: "\t", eol: "\n", colon: ": ", gap: " ", pad: " ", lines: "many" } as const;
 * const value = { a: [1, {}] };
 * assert.equal(
 *   writeJson(value, { layout, lines: "many", indent: "" }),
 *   '{\n\t"a": [\n\t\t1,\n\t\t{}\n\t]\n}',
 * );
 * assert.equal(writeJson(value, { layout, lines: "one", indent: "" }), '{ "a": [1, {}] }');
 * ```
 */
export function writeJson(value: ConfigValue, style: JsonStyle): string {
  if (typeof value === "number") return numberText(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const isList = Array.isArray(value);
  const inner = { ...style, indent: style.indent + style.layout.unit };
  const entries = Object.entries(value).map(([key, child]) =>
    isList ? writeJson(child, inner) : writeJsonEntry(key, { value: child, style: inner })
  );
  const [open, close] = isList ? ["[", "]"] : ["{", "}"];
  if (entries.length === 0) return open + close;
  const { eol, gap, pad } = style.layout;
  if (style.lines === "one") {
    const space = isList ? "" : pad;
    return open + space + entries.join(`,${gap}`) + space + close;
  }
  const lines = entries.map((entry) => inner.indent + entry).join(`,${eol}`);
  return `${open}${eol}${lines}${eol}${style.indent}${close}`;
}

/** The source of an entry: of an array where `key` is a number. */
export function writeJsonEntry(
  key: string | number,
  { value, style }: { readonly value: ConfigValue; readonly style: JsonStyle },
): string {
  const written = writeJson(value, style);
  return typeof key === "number" ? written : JSON.stringify(key) + style.layout.colon + written;
}

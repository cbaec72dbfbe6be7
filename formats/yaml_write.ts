/**
 * New values of a YAML text, written out in block style or between braces.
 *
 * @module
 */

import { type ConfigValue, FormatError, type ValuePath } from "./format.ts";
import { entryRefusal, refuseIndices } from "./refusals.ts";
import type { Layout } from "./yaml_layout.ts";
import { writeScalar, writeValue } from "./yaml_scalar.ts";

/** The end of a path that is to be written. */
export interface NewEntry {
  /** What is missing of the path; the first part is the entry itself. */
  readonly rest: ValuePath;
  /** What is to stand at its end. */
  readonly value: ConfigValue;
}

/**
 * The lines of a value in block style, without line breaks.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { blockLines } from "./yaml_write.ts";
 *
 * const layout = { step: 2, dash: 2, eol: "\n" } as const;
 * assert.deepEqual(blockLines({ a: [{ b: "x", c: [] }, 5] }, { column: 0, layout }), [
 *   "a:",
 *   "  - b: x",
 *   "    c: []",
 *   "  - 5",
 * ]);
 * ```
 */
export function blockLines(
  value: ConfigValue,
  { column, layout }: { readonly column: number; readonly layout: Layout },
): readonly string[] {
  // Measured on a text whose lower levels stand left of the upper ones.
  if (column < 0) throw new FormatError("the indentation of this text leaves no room for more");
  const pad = " ".repeat(column);
  if (!hasEntries(value)) return [pad + blockScalar(value)];
  if (isList(value)) {
    return value.flatMap((item) => {
      const [first = "", ...lines] = blockLines(item, { column: column + 2, layout });
      return [`${pad}- ${first.trimStart()}`, ...lines];
    });
  }
  return Object.entries(value).flatMap(([name, child]) => {
    const key = writeScalar(name, { quotes: "plain" });
    if (!hasEntries(child)) return [`${pad}${key}: ${blockScalar(child)}`];
    const below = column + (isList(child) ? layout.dash : layout.step);
    return [`${pad}${key}:`, ...blockLines(child, { column: below, layout })];
  });
}

/** The text of a value between braces or brackets, with its own. */
export function flowText(value: ConfigValue): string {
  if (isList(value)) return `[${value.map(flowText).join(", ")}]`;
  if (typeof value !== "object" || value === null) return flowScalar(value);
  const entries = Object.entries(value);
  return `{${entries.map(([key, child]) => `${flowScalar(key)}: ${flowText(child)}`).join(", ")}}`;
}

/** {@link flowText} without the braces or brackets of `value` itself. */
export function flowEntries(value: ConfigValue): string {
  return flowText(value).slice(1, -1);
}

/** A scalar for a place between braces: what reads `:` there in its own way gets quotes. */
export function flowScalar(value: string | number | boolean | null): string {
  const isColon = typeof value === "string" && value.includes(":");
  return writeValue(value, { quotes: isColon ? "double" : "plain" });
}

/** Whether `value` is a mapping or a list that is not empty. */
export function hasEntries(
  value: ConfigValue,
): value is Exclude<ConfigValue, string | number | boolean | null> {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

/** Refuses a list that would begin with another index than the first that is free. */
export function checkIndex(path: ValuePath, { free }: { readonly free: number }): void {
  const part = path[0];
  if (typeof part === "number" && part !== free) {
    throw entryRefusal(path, { free });
  }
  refuseIndices(path.slice(1));
}

function blockScalar(value: ConfigValue): string {
  if (typeof value === "object" && value !== null) return flowText(value);
  return writeValue(value, { quotes: "plain" });
}

/** `Array.isArray`, which does not tell TypeScript about lists that are only read. */
function isList(value: ConfigValue): value is readonly ConfigValue[] {
  return Array.isArray(value);
}

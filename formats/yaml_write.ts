/**
 * New entries of a YAML text: a path that is missing, and the value at its end, written out.
 *
 * @module
 */

import { FormatError, pathText, type ValuePath } from "./format.ts";
import type { Layout } from "./yaml_layout.ts";
import { writeScalar } from "./yaml_scalar.ts";

/** The end of a path that is to be written. */
export interface NewEntry {
  /** What is missing of the path; the first part is the entry itself. */
  readonly rest: ValuePath;
  /** What is to stand at its end. */
  readonly value: string;
}

/**
 * The lines of a new entry in block style, without line breaks.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { blockLines } from "./yaml_write.ts";
 *
 * const layout = { step: 2, dash: 2, eol: "\n" } as const;
 * assert.deepEqual(blockLines({ rest: ["a", 0, "b"], value: "x" }, { column: 0, layout }), [
 *   "a:",
 *   "  - b: x",
 * ]);
 * ```
 */
export function blockLines(
  entry: NewEntry,
  { column, layout }: { readonly column: number; readonly layout: Layout },
): readonly string[] {
  const [part, ...rest] = entry.rest;
  const pad = " ".repeat(column);
  if (part === undefined) return [pad + writeScalar(entry.value, { quotes: "plain" })];
  const below = typeof part === "number"
    ? column + 2
    : column + (typeof rest[0] === "number" ? layout.dash : layout.step);
  const lines = blockLines({ rest, value: entry.value }, { column: below, layout });
  if (typeof part === "number") return [`${pad}- ${lines[0]?.trimStart()}`, ...lines.slice(1)];
  const key = writeScalar(part, { quotes: "plain" });
  return rest.length === 0
    ? [`${pad}${key}: ${lines[0]?.trimStart()}`]
    : [`${pad}${key}:`, ...lines];
}

/** The text of a new entry between braces or brackets. */
export function flowText(entry: NewEntry): string {
  const [part, ...rest] = entry.rest;
  if (part === undefined) return flowScalar(entry.value);
  const value = flowCollection({ rest, value: entry.value });
  return typeof part === "number" ? value : `${flowScalar(part)}: ${value}`;
}

/** {@link flowText} with the braces or brackets around it that its first part wants. */
export function flowCollection(entry: NewEntry): string {
  const inside = flowText(entry);
  const first = entry.rest[0];
  if (first === undefined) return inside;
  return typeof first === "number" ? `[${inside}]` : `{${inside}}`;
}

/** A scalar for a place between braces: what reads `:` there in its own way gets quotes. */
export function flowScalar(value: string): string {
  return writeScalar(value, { quotes: value.includes(":") ? "double" : "plain" });
}

/** Refuses a list that would begin with another index than the first that is free. */
export function checkIndex(path: ValuePath, { free }: { readonly free: number }): void {
  const part = path[0];
  if (typeof part === "number" && part !== free) {
    throw new FormatError(`Cannot add entry ${pathText(path)}: the list has ${free} entries`);
  }
  path.slice(1).forEach((later) => {
    if (typeof later === "number" && later !== 0) {
      throw new FormatError(`Cannot begin a list with its entry ${later}`);
    }
  });
}

/**
 * What is refused for the same reason whatever the format, in the same words.
 *
 * @module
 */

import { FormatError, pathText, type ValuePath } from "./format.ts";
import { lineOf } from "./span.ts";

/**
 * Refuses to edit the whole text.
 *
 * @throws {FormatError} for the path to it.
 */
export function refuseWhole(path: ValuePath): void {
  if (path.length === 0) throw new FormatError("the whole file is not a value to change");
}

/**
 * Refuses a carriage return alone: it ends a line for some readers, and beside a line break of
 * ours it would be a part of that.
 *
 * @throws {FormatError} if there is one.
 */
export function refuseLoneReturn(text: string): void {
  const lone = /\r(?!\n)/.exec(text);
  if (lone === null) return;
  throw new FormatError("a line ends in a way that readers differ on", lineOf(text, lone.index));
}

/**
 * Refuses to begin a list with another entry than its first.
 *
 * @throws {FormatError} for an index of `path` that is not 0.
 */
export function refuseIndices(path: ValuePath): void {
  for (const part of path) {
    if (typeof part === "number" && part !== 0) {
      throw new FormatError(`Cannot begin a list with its entry ${part}`);
    }
  }
}

/** What is said of an entry that is not the next one of its list. */
export function entryRefusal(
  path: ValuePath,
  { free, line = null }: {
    /** Number of the next one. */
    readonly free: number;
    readonly line?: number | null;
  },
): FormatError {
  return new FormatError(
    `Cannot add entry ${pathText(path)}: the list has ${free} entries`,
    line,
  );
}

/**
 * What is said where a path wants a mapping or a list and finds something else.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { misfit } from "./refusals.ts";
 *
 * const parts = { found: "a single value", wanted: "a list", line: 2 };
 * assert.equal(misfit(["a"], parts).message, 'line 2: "a" is a single value, wanted a list');
 * assert.match(misfit([], parts).message, /the file is/);
 * ```
 */
export function misfit(
  path: ValuePath,
  { found, wanted, line }: {
    readonly found: string;
    readonly wanted: string;
    readonly line: number | null;
  },
): FormatError {
  const where = path.length === 0 ? "the file" : `"${pathText(path)}"`;
  return new FormatError(`${where} is ${found}, wanted ${wanted}`, line);
}

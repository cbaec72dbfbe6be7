/**
 * The strings of a text with the places where they stand, whatever its format, and the text with
 * other strings in those places.
 *
 * @module
 */

import type { ValuePath } from "./format.ts";

/** One string of a text. */
export interface StringPlace {
  /** The way to it; a text that names a key twice has two places with one path. */
  readonly path: ValuePath;
  /** The string, as readers of the format take it. */
  readonly value: string;
  /** Offset of its source in the text, quotes included. */
  readonly start: number;
  /** Offset behind its source. */
  readonly end: number;
  /**
   * The source of another string for this place, in the same quotes where they can hold it.
   *
   * @throws {FormatError} where another string would change more than this value, or would be
   * read as something else.
   */
  readonly write: (value: string) => string;
}

/**
 * A format: text → its strings, in the order of the text.
 *
 * @throws {FormatError} for a text that is not of the format; never repeats a part of it.
 */
export type FindStrings = (text: string) => readonly StringPlace[];

/** Another string for a place. */
export interface StringChange {
  /** Of the text that is changed. */
  readonly place: StringPlace;
  /** What is to stand there. */
  readonly value: string;
}

/**
 * `text` with every change made; all other bytes stay.
 *
 * @throws {FormatError} as {@link StringPlace.write} does.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { findJsonStrings } from "./json_strings.ts";
 * import { putStrings } from "./string_place.ts";
 *
 * const text = '{ "a": "x", /* mine *\/ "b": "y" }';
 * const changes = findJsonStrings(text).map((place) => ({ place, value: `${place.value}2` }));
 * assert.equal(putStrings(text, changes), '{ "a": "x2", /* mine *\/ "b": "y2" }');
 * ```
 */
export function putStrings(text: string, changes: readonly StringChange[]): string {
  // From the end on, so that the offsets that are still to come stay true.
  return changes
    .toSorted((a, b) => b.place.start - a.place.start)
    .reduce(
      (text, { place: { start, end, write }, value }) =>
        text.slice(0, start) + write(value) + text.slice(end),
      text,
    );
}

/**
 * A `.env` file as a {@link TextFormat}: a path is one name, a value is text. What readers of such
 * files differ on is refused where it is to be changed.
 *
 * @module
 */

import { type Data, plainOf } from "./data.ts";
import { redactDotenv } from "./dotenv_redact.ts";
import { findDotenvStrings } from "./dotenv_strings.ts";
import { editChecked, type PathSource, type PathValue } from "./edit_checked.ts";
import {
  type ConfigValue,
  FormatError,
  type Look,
  type TextFormat,
  type ValuePath,
} from "./format.ts";
import { refuseLoneReturn } from "./refusals.ts";
import {
  lineBreakOf,
  lineEnd,
  lineOf,
  linesBehind,
  lineStart,
  type Span,
  splice,
  withBreakBefore,
} from "./span.ts";
import type { StringPlace } from "./string_place.ts";

/**
 * `.env`: every function throws {@link FormatError} for what it does not understand. Of a name
 * that stands twice parse() gives the last value, and the rest refuses it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { dotenv } from "./dotenv.ts";
 *
 * assert.equal(
 *   dotenv.edit("# mine\nexport A='x' # a\n", [
 *     { path: ["A"], to: "value", value: "y" },
 *     { path: ["B"], to: "value", value: "two words" },
 *   ]),
 *   "# mine\nexport A='y' # a\nexport B='two words'\n",
 * );
 * ```
 */
export const dotenv: TextFormat = {
  parse: (text) => plainOf(lastOf(findDotenvStrings(text))),
  look,
  edit: (text, edits) => editChecked(text, edits, { dataOf, remove, set, putBack }),
  redact: redactDotenv,
};

// What a shell takes for a name as well.
const NAME = /^[A-Za-z_]\w*$/;

function lastOf(places: readonly StringPlace[]): Data {
  return new Map(places.map(({ path, value }) => [path[0], value]));
}

/** A name that stands twice keeps both values here, so that neither can get lost unseen. */
function dataOf(text: string): Data {
  const byName = Map.groupBy(findDotenvStrings(text), ({ path }) => path[0]);
  return new Map(
    Array.from(byName, ([name, places]) => {
      const values = places.map(({ value }) => value);
      return [name, values.length === 1 ? values[0] : values] as const;
    }),
  );
}

function look(text: string, path: ValuePath): Look {
  const place = find(text, path);
  if (place === null) return { state: "absent", since: 1 };
  return { state: "value", source: text.slice(place.start, place.end) };
}

function find(text: string, path: ValuePath): StringPlace | null {
  const [name] = path;
  if (path.length !== 1 || typeof name !== "string") {
    throw new FormatError("a .env file has names with values, and nothing below them");
  }
  const [place, twin] = findDotenvStrings(text).filter(({ path }) => path[0] === name);
  if (twin !== undefined) {
    throw new FormatError(
      `"${name}" stands here a second time; remove one of the two`,
      lineOf(text, twin.start),
    );
  }
  return place ?? null;
}

function remove(text: string, path: ValuePath): string {
  const place = findToEdit(text, path);
  return place === null ? text : splice(text, linesOf(text, place), "");
}

function set(text: string, { path, value: wanted }: PathValue): string {
  const place = findToEdit(text, path);
  const value = textOf(wanted, path);
  if (place === null) return insert(text, { name: String(path[0]), value });
  return place.value === value ? text : put(text, { place, written: place.write(value) });
}

function putBack(text: string, { path, source }: PathSource): string | null {
  const place = findToEdit(text, path);
  return place === null ? null : put(text, { place, written: source });
}

function findToEdit(text: string, path: ValuePath): StringPlace | null {
  refuseLoneReturn(text);
  return find(text, path);
}

function textOf(value: ConfigValue, path: ValuePath): string {
  if (typeof value === "string") return value;
  throw new FormatError(`"${path[0]}" is to be something else than text, which .env does not have`);
}

function put(
  text: string,
  { place: { start, end }, written }: { readonly place: StringPlace; readonly written: string },
): string {
  const isQuoted = /^(["'`])(?:(?!\1)[^\\]|\\[^])*\1$/.test(text.slice(start, end));
  if (text[end] !== "#" || isQuoted) return splice(text, { start, end }, written);
  const before = text.slice(0, start);
  const sign = before.trimEnd().length;
  // Some readers want a space before a comment: without one it may be a part of the value.
  if (start !== end || sign === start || text[sign - 1] !== "=") {
    throw new FormatError(
      'a "#" stands at the value, which some readers take for a part of it; put a space between',
      lineOf(text, start),
    );
  }
  return splice(text, { start: sign, end: sign }, written);
}

function insert(
  text: string,
  { name, value }: { readonly name: string; readonly value: string },
): string {
  if (!NAME.test(name)) throw new FormatError(`${JSON.stringify(name)} is no name for a .env file`);
  const places = findDotenvStrings(text);
  const isExported = places.length > 0 &&
    places.every(({ start }) => /^[ \t]*export[ \t]/.test(text.slice(lineStart(text, start))));
  const lines = `${isExported ? "export " : ""}${name}=${written(value)}`;
  return text + linesBehind(text, { lines, eol: lineBreakOf(text) });
}

/** A value for a new line, in the quotes that it needs. */
function written(value: string): string {
  const [place] = findDotenvStrings("A=");
  if (place === undefined) throw new TypeError("Cannot find the value of an empty assignment");
  return place.write(value);
}

function linesOf(text: string, { start, end }: StringPlace): Span {
  return withBreakBefore(text, { start: lineStart(text, start), end: lineEnd(text, end) });
}

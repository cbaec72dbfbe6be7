/**
 * A `.env` file: its values with their places. There is no standard; what is read here is what
 * the readers of two agents agree on: npm's dotenv (https://github.com/motdotla/dotenv) of Gemini
 * CLI and dotenvy (https://github.com/allan2/dotenvy) of Codex.
 *
 * @module
 */

import { FormatError } from "./format.ts";
import type { StringPlace } from "./string_place.ts";

type Quote = "" | '"' | "'" | "`";

const NAME = /[ \t\ufeff]*(?:export[ \t]+)?([\w.-]+)(?:[ \t]*=|:(?=[ \t]))[ \t]*/y;
const QUOTED = /"(?:\\[^]|[^"\\])*"|'[^']*'|`[^`]*`/y;
// Behind a value in quotes there is nothing but a comment.
const END = /[ \t]*(?:#[^\r\n]*)?(?=[\r\n]|$)/y;
// The readers differ in whether a space must stand before the mark of a comment. No token has one.
const BARE = /[^#\r\n]*/y;
const LINE = /[^\r\n]*(?:\r\n?|\n|$)/y;

/** What every reader takes for itself without quotes. */
const PLAIN = /^[\w.+/=-][\w.~+/=-]*$/;

/**
 * The values of a `.env` text, by name. A name that stands twice has two places: most readers take
 * the last one, some the first. Escapes stand in the values as they do in the text, since each
 * reader has others. Lines that assign nothing are left out, as all readers do.
 *
 * @throws {FormatError} for a quote that is not closed: readers differ in where its value ends.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { findDotenvStrings } from "./dotenv_strings.ts";
 *
 * const places = findDotenvStrings("export A = 'x y' # mine\nB=z\n");
 * assert.deepEqual(places.map(({ path, value }) => [...path, value]), [["A", "x y"], ["B", "z"]]);
 * assert.deepEqual(places.map(({ write }) => write("new")), ["'new'", "new"]);
 * ```
 */
export function findDotenvStrings(text: string): readonly StringPlace[] {
  const places: StringPlace[] = [];
  for (let at = 0; at < text.length;) {
    const name = match(NAME, text, at);
    if (name !== null) {
      const place = valueAt(text, at + name[0].length, name[1] ?? "");
      places.push(place);
      at = place.end;
    }
    at += match(LINE, text, at)?.[0].length ?? 0;
  }
  return places;
}

function valueAt(text: string, start: number, name: string): StringPlace {
  const quote = quoteAt(text, start);
  const quoted = quote === "" ? null : match(QUOTED, text, start)?.[0] ?? null;
  if (quote !== "" && quoted === null) throw unclosed(text, start);
  if (quoted !== null && match(END, text, start + quoted.length) !== null) {
    // npm's dotenv takes such a quote for a part of the value, and looks for another one.
    if (quote !== '"' && quoted.at(-2) === "\\") throw unclosed(text, start);
    return place({ name, start, source: quoted, quote });
  }
  if (quoted !== null && /[\r\n]/.test(quoted)) throw unclosed(text, start);
  const source = match(BARE, text, start)?.[0].trimEnd() ?? "";
  return place({ name, start, source, quote: "" });
}

function place(
  { name, start, source, quote }: {
    readonly name: string;
    readonly start: number;
    readonly source: string;
    readonly quote: Quote;
  },
): StringPlace {
  return {
    path: [name],
    value: quote === "" ? source : source.slice(1, -1),
    start,
    end: start + source.length,
    write: (value) => writeValue(value, quote),
  };
}

function writeValue(value: string, quote: Quote): string {
  if (quote === "" && PLAIN.test(value)) return value;
  const isDoubleFree = !/["\\$`\r\n]/.test(value);
  if (quote === '"' && isDoubleFree) return `"${value}"`;
  if (quote === "`" && !/[`\\\r\n]/.test(value)) return `\`${value}\``;
  // Between single quotes nothing has a meaning, for any reader.
  if (!/['\r\n]|\\$/.test(value)) return `'${value}'`;
  if (isDoubleFree) return `"${value}"`;
  throw new FormatError("the value cannot be written so that every reader takes it alike");
}

function quoteAt(text: string, at: number): Quote {
  const first = text[at];
  return first === '"' || first === "'" || first === "`" ? first : "";
}

function unclosed(text: string, at: number): FormatError {
  const line = text.slice(0, at).split(/\r\n?|\n/).length;
  return new FormatError("a quote is not closed, or closed in a way that readers differ on", line);
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

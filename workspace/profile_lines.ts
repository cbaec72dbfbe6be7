/**
 * The lines of a `.databrickscfg`, as far as one line can be understood without its
 * neighbours. A line that the readers of this file take apart in different ways is `faulty`.
 *
 * The readers, and what was read of them:
 * Python's {@link https://docs.python.org/3/library/configparser.html | configparser},
 * Go's {@link https://github.com/go-ini/ini/blob/v1.67.0/parser.go | ini.v1} (also the CLI's),
 * the {@link https://github.com/databricks/sdk-js/blob/02ef8564deb9ff984ab5b7b96ce39e291d0f07ee/packages/auth/src/config/ini.ts | JS SDK's own},
 * and Java's {@link https://github.com/apache/commons-configuration/blob/047bff04b270c481672bf9e306b0ad2d326bf228/src/main/java/org/apache/commons/configuration2/INIConfiguration.java | INIConfiguration}.
 *
 * @module
 */
import type { ProfileFault, ProfileReason } from "./profile_error.ts";

/** Where a line stands and what surrounds its content. */
export interface LinePlace {
  /** Counted from 1. */
  readonly number: number;
  /** Offset of its first character in the text. */
  readonly start: number;
  /** The line without its end. */
  readonly text: string;
  /** How the line ends; empty only for a last line without a newline. */
  readonly eol: "" | "\n" | "\r\n";
  /** Spaces and tabs before the content. */
  readonly indent: string;
}

/** `[name]`. */
export interface HeaderLine extends LinePlace {
  /** Says which kind of line it is. */
  readonly kind: "header";
  /** All between the first `[` and the last `]`, spaces included, as Python and Go take it. */
  readonly name: string;
  /** Whether nothing follows the `]`. */
  readonly isBare: boolean;
}

/** `key = value`; the parts join to the line, but for spaces at its end. */
export interface EntryLine extends LinePlace {
  /** Says which kind of line it is. */
  readonly kind: "entry";
  /** The key, spelt as it is in the file. */
  readonly key: string;
  /** Spaces and tabs before the delimiter. */
  readonly gap: string;
  /** The first `=` or `:` of the line. */
  readonly delimiter: string;
  /** Spaces and tabs after the delimiter. */
  readonly pad: string;
  /** The value without spaces and tabs around it; may be empty. */
  readonly value: string;
}

/** Nothing but spaces and tabs. */
export interface BlankLine extends LinePlace {
  /** Says which kind of line it is. */
  readonly kind: "blank";
}

/** `# …` or `; …`, indented or not. */
export interface CommentLine extends LinePlace {
  /** Says which kind of line it is. */
  readonly kind: "comment";
}

/** A line that at least one reader refuses, or reads in its own way. */
export interface FaultyLine extends LinePlace {
  /** Says which kind of line it is. */
  readonly kind: "faulty";
  /** What is wrong with it. */
  readonly fault: ProfileFault;
}

/** Any line of the file. */
export type ProfileLine = BlankLine | CommentLine | HeaderLine | EntryLine | FaultyLine;

/**
 * Splits `text` into lines; their `text` and `eol` join to `text` again.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseLines } from "./profile_lines.ts";
 *
 * const lines = parseLines("# mine\r\n[dev]\ntoken = x");
 * assert.deepEqual(lines.map((line) => line.kind), ["comment", "header", "entry"]);
 * assert.deepEqual(lines.map((line) => line.eol), ["\r\n", "\n", ""]);
 * ```
 */
export function parseLines(text: string): ProfileLine[] {
  const pieces = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  let start = 0;
  return pieces.map((piece, index) => {
    const eol = piece.endsWith("\r\n") ? "\r\n" : piece.endsWith("\n") ? "\n" : "";
    const content = piece.slice(0, piece.length - eol.length);
    const indent = /^[ \t]*/.exec(content)?.[0] ?? "";
    const line = parseLine({ number: index + 1, start, text: content, eol, indent });
    start += piece.length;
    return line;
  });
}

function parseLine(place: LinePlace): ProfileLine {
  const first = place.text.charAt(place.indent.length);
  if (first === "") return { ...place, kind: "blank" };
  if (first === "#" || first === ";") return { ...place, kind: "comment" };
  if (first === "[") return parseHeader(place);
  return parseEntry(place);
}

function parseHeader(place: LinePlace): HeaderLine | FaultyLine {
  const body = place.text.replace(/[ \t]+$/, "").slice(place.indent.length);
  if (hasInvisibleSpace(body)) return faulty(place, "invisible-space");
  const close = body.lastIndexOf("]");
  if (close < 2) return faulty(place, "malformed-header");
  return { ...place, kind: "header", name: body.slice(1, close), isBare: body.endsWith("]") };
}

function parseEntry(place: LinePlace): EntryLine | FaultyLine {
  const parts = /^([^=:]*)([=:])([ \t]*)(.*)$/s.exec(place.text.slice(place.indent.length));
  const [, left, delimiter, pad, right] = parts ?? [];
  if (
    left === undefined || delimiter === undefined || pad === undefined || right === undefined
  ) {
    return faulty(place, "no-delimiter");
  }
  const key = left.replace(/[ \t]+$/, "");
  const value = right.replace(/[ \t]+$/, "");
  const reason = findKeyReason(key) ?? findRunOnReason(value);
  if (reason !== null) return faulty(place, reason);
  return { ...place, kind: "entry", key, gap: left.slice(key.length), delimiter, pad, value };
}

function findKeyReason(key: string): LineReason | null {
  if (key === "") return "empty-key";
  if (hasInvisibleSpace(key)) return "invisible-space";
  // Go takes the quotes off, and refuses the file when one is missing.
  return /^["`]/.test(key) ? "quoted-key" : null;
}

/** Go and Java let these values eat the lines below, which may be another section's. */
function findRunOnReason(value: string): LineReason | null {
  // trim() also takes what Go's TrimSpace takes and the readers' own trims do not.
  const body = value.trim();
  for (const quote of ["`", '"""']) {
    if (body.startsWith(quote) && !body.slice(quote.length).includes(quote)) {
      return "unclosed-quote";
    }
  }
  // Java looks for the backslash in front of a comment, too.
  return /\\\s*(?:[#;].*)?$/s.test(body) ? "trailing-backslash" : null;
}

/** White space other than space and tab: Python, Go, JS and Java each trim another set. */
function hasInvisibleSpace(text: string): boolean {
  return /[^\S \t]/.test(text);
}

/** What each fault is called after "line N". */
const DETAILS = {
  "invisible-space": "holds a space that is not an ordinary one; type the line anew",
  "malformed-header": 'starts with "[" but is no section header; write it as "[name]"',
  "no-delimiter":
    'has no "=", so the CLI and the Python SDK refuse the whole file; remove it, or put "#" before it',
  "empty-key": 'has no key before its "="; remove it, or put "#" before it',
  "quoted-key": "has a quoted key, which only the CLI unquotes; take the quotes off",
  "unclosed-quote":
    "opens a quote without closing it, so the CLI takes the lines below for a part of its value; close the quote or remove it",
  "trailing-backslash":
    "has a backslash where its value ends, so the CLI takes the next line for a part of it; remove the backslash",
} as const satisfies Partial<Record<ProfileReason, string>>;

type LineReason = keyof typeof DETAILS;

function faulty(place: LinePlace, reason: LineReason): FaultyLine {
  const detail = `line ${place.number} ${DETAILS[reason]}`;
  return { ...place, kind: "faulty", fault: { reason, detail } };
}

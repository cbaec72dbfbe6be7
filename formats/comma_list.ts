/**
 * Entries between brackets or braces, with commas between them, whatever the format: one more
 * behind the last one, and one taken out with the comma that is needed no more.
 *
 * @module
 */

import { indentAt, lineStart, type Span, type Splice, startsLine } from "./span.ts";

/** How a format writes comments, as sticky patterns. */
export interface Comments {
  /** Spaces, line breaks and comments. */
  readonly trivia: RegExp;
  /** Spaces and comments that end on their line, and the end of that line. */
  readonly restOfLine: RegExp;
}

/** Comments from two slashes on, and between slashes with asterisks. */
export const SLASH_COMMENTS: Comments = {
  trivia: /(?:[ \t\r\n]|\/\/[^\r\n]*|\/\*[^]*?\*\/)*/y,
  restOfLine: /[ \t]*(?:\/\*(?:(?!\*\/)[^\r\n])*\*\/[ \t]*)*(?:\/\/[^\r\n]*)?(?:\r\n|\n|\r)/y,
};

/** Comments from a hash on. */
export const HASH_COMMENTS: Comments = {
  trivia: /(?:[ \t\r\n]|#[^\r\n]*)*/y,
  restOfLine: /[ \t]*(?:#[^\r\n]*)?(?:\r\n|\n)/y,
};

/** Offset of the comma behind a value that ends at `offset`, `null` if none is there. */
export function commaBehind(text: string, offset: number, { trivia }: Comments): number | null {
  trivia.lastIndex = offset;
  const at = offset + (trivia.exec(text)?.[0].length ?? 0);
  return text[at] === "," ? at : null;
}

/** Offset of the next line, if nothing but comments stands before it; else `null`. */
export function nextLine(text: string, offset: number, { restOfLine }: Comments): number | null {
  restOfLine.lastIndex = offset;
  const rest = restOfLine.exec(text)?.[0];
  return rest === undefined ? null : offset + rest.length;
}

/** What is to be added behind the last entry. */
export interface AddedEntry {
  /** The last entry, without its comma. */
  readonly last: Span;
  /** What stands behind a comma on one line. */
  readonly gap: string;
  /** The end of a line. */
  readonly eol: string;
  /** How the format writes comments. */
  readonly comments: Comments;
  /** The source of the new entry, for a line of its own (`many`) or for the line of others. */
  readonly write: (lines: "many" | "one") => string;
}

/** Puts an entry behind the last one, on a line of its own if that one has one. */
export function addEntry(text: string, entry: AddedEntry): readonly Splice[] {
  const { last, gap, eol, comments, write } = entry;
  const comma = commaBehind(text, last.end, comments);
  const end = comma === null ? last.end : comma + 1;
  const line = startsLine(text, last.start) ? nextLine(text, end, comments) : null;
  const source = write(line === null ? "one" : "many") + (comma === null ? "" : ",");
  if (line === null) return [insertAt(end, (comma === null ? "," : "") + gap + source)];
  const added = insertAt(line, indentAt(text, last.start) + source + eol);
  return comma === null ? [insertAt(end, ","), added] : [added];
}

/** A splice that only adds. */
export function insertAt(offset: number, insert: string): Splice {
  return { start: offset, end: offset, insert };
}

/** Which entry is to go. */
export interface CutEntry {
  /** All entries, without their commas. */
  readonly entries: readonly Span[];
  /** Which of them. */
  readonly index: number;
  /** What stands between the braces or brackets. */
  readonly inside: Span;
  /** How the format writes comments. */
  readonly comments: Comments;
}

/** What goes with an entry: its whole lines if nothing else stands on them, and one comma. */
export function cutEntry(text: string, cut: CutEntry): readonly Span[] {
  const { entries, index, comments } = cut;
  const entry = entries[index];
  if (entry === undefined) return [];
  const comma = commaBehind(text, entry.end, comments);
  const own = { start: entry.start, end: comma === null ? entry.end : comma + 1 };
  if (entries.length === 1) return [onlySpan(text, { own, cut })];
  const before = entries[index - 1];
  if (before === undefined) return [firstSpan(text, { own, comments })];
  const between = commaBehind(text, before.end, comments) ?? own.start;
  const isBehindComma = /^[ \t]*$/.test(text.slice(between + 1, own.start));
  const span = linesOf(text, { own, comments }) ??
    (isBehindComma
      ? { start: between + 1, end: own.end }
      : comma === null
      ? own
      : firstSpan(text, { own, comments }));
  // A last entry without a comma takes the one before it along.
  return comma === null ? [{ start: between, end: between + 1 }, span] : [span];
}

interface Own {
  /** The entry with its comma. */
  readonly own: Span;
  readonly comments: Comments;
}

/** An entry with what stands between it and the next one. */
function firstSpan(text: string, { own, comments }: Own): Span {
  const spaces = /^[ \t]*/.exec(text.slice(own.end))?.[0] ?? "";
  return linesOf(text, { own, comments }) ?? { start: own.start, end: own.end + spaces.length };
}

/** The only entry, with what was written around it when it came. */
function onlySpan(
  text: string,
  { own, cut: { inside, comments } }: { readonly own: Span; readonly cut: CutEntry },
): Span {
  const lead = text.slice(inside.start, own.start);
  const tail = text.slice(own.end, inside.end);
  if (/\S/.test(lead + tail)) return linesOf(text, { own, comments }) ?? own;
  if (lead === tail && !/[\r\n]/.test(lead)) return { start: inside.start, end: own.end };
  if (!/^\r?\n[ \t]*$/.test(lead)) return own;
  const lineBreak = /^\r?\n/.exec(tail)?.[0] ?? "";
  const isClosedUp = /^\r?\n[ \t]*$/.test(tail);
  return { start: inside.start, end: isClosedUp ? inside.end : own.end + lineBreak.length };
}

/** The whole lines of an entry, `null` if something else stands on them. */
function linesOf(text: string, { own: { start, end }, comments }: Own): Span | null {
  const next = nextLine(text, end, comments);
  return next === null || !startsLine(text, start)
    ? null
    : { start: lineStart(text, start), end: next };
}

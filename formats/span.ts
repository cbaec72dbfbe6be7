/**
 * Stretches of a text, and the text with others in their places.
 *
 * @module
 */

/** A stretch of a text. */
export interface Span {
  /** Offset of its first character. */
  readonly start: number;
  /** Offset after its last character. */
  readonly end: number;
}

/** What is to stand in the place of a stretch. */
export interface Splice extends Span {
  /** The new text. */
  readonly insert: string;
}

/**
 * `text` with all `splices` made, whose spans do not overlap.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { spliceAll } from "./span.ts";
 *
 * assert.equal(
 *   spliceAll("abc", [{ start: 0, end: 1, insert: "" }, { start: 3, end: 3, insert: "d" }]),
 *   "bcd",
 * );
 * ```
 */
export function spliceAll(text: string, splices: readonly Splice[]): string {
  // From the end on, so that the offsets that are still to come stay true.
  return splices.toSorted((a, b) => b.start - a.start).reduce(
    (text, { start, end, insert }) => text.slice(0, start) + insert + text.slice(end),
    text,
  );
}

/** `text` with `insert` in the place of `span`. */
export function splice(text: string, { start, end }: Span, insert: string): string {
  return text.slice(0, start) + insert + text.slice(end);
}

/** Line of `offset`, counted from 1. */
export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

/** Offset of the first character of the line of `offset`, a byte order mark left out. */
export function lineStart(text: string, offset: number): number {
  const start = offset === 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;
  return start === 0 && text.startsWith("\ufeff") ? 1 : start;
}

/** Offset after the line break of the line of `offset`, or of the end of the text. */
export function lineEnd(text: string, offset: number): number {
  const found = text.indexOf("\n", offset);
  return found === -1 ? text.length : found + 1;
}

/** Whole lines; a last one without a line break takes the break before it along. */
export function withBreakBefore(text: string, { start, end }: Span): Span {
  if (end < text.length || text.endsWith("\n")) return { start, end };
  return { start: text.slice(0, start).replace(/\r?\n$/, "").length, end };
}

/** `lines` as they are put behind `before`, which may lack the break of its last line. */
export function linesBehind(
  before: string,
  { lines, eol }: { readonly lines: string; readonly eol: string },
): string {
  return /(?:^\ufeff?|\n)$/.test(before) ? lines + eol : eol + lines;
}

/** The spaces and tabs at the start of the line of `offset`. */
export function indentAt(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, offset)))?.[0] ?? "";
}

/** Whether nothing but spaces stands before `offset` on its line. */
export function startsLine(text: string, offset: number): boolean {
  return /^[ \t]*$/.test(text.slice(lineStart(text, offset), offset));
}

/** What ends the lines of a text. */
export function lineBreakOf(text: string): "\n" | "\r\n" {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

/**
 * Lines of a terminal, as values: pieces of text that may have a style.
 *
 * @module
 */

/** How a piece looks where there is colour. */
export type Style = "bold" | "dim" | "good" | "bad";

/** A line: plain pieces and styled ones. */
export type StyledLine = readonly (string | readonly [text: string, style: Style])[];

/** What a line is made for. */
export interface LineOptions {
  /** Characters that fit. */
  readonly columns: number;
  readonly color: "color" | "plain";
}

// SGR codes: what switches a style on, and what switches it off again.
const CODES: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  good: [32, 39],
  bad: [31, 39],
};

/**
 * The text of a line. One that is too long is cut: wrapped, it would push the next lines down.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { renderLine } from "./styled_line.ts";
 *
 * const line = ["a ", ["good thing", "good"]] as const;
 * assert.equal(renderLine(line, { columns: 80, color: "color" }), "a \x1b[32mgood thing\x1b[39m");
 * assert.equal(renderLine(line, { columns: 7, color: "plain" }), "a good…");
 * ```
 */
export function renderLine(line: StyledLine, { columns, color }: LineOptions): string {
  const pieces = line.map((piece) => typeof piece === "string" ? [piece] as const : piece);
  const length = pieces.reduce((sum, [text]) => sum + text.length, 0);
  let room = length > columns ? columns - 1 : columns;
  const shown = pieces.map(([text, style]) => {
    const part = text.slice(0, room);
    room -= part.length;
    if (style === undefined || color === "plain" || part === "") return part;
    const [on, off] = CODES[style];
    return `\x1b[${on}m${part}\x1b[${off}m`;
  });
  return shown.join("") + (length > columns ? "…" : "");
}

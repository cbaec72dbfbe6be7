/**
 * Inputs that resemble others.
 *
 * @module
 */

import { type Dice, pick, span } from "../support/chaos/dice.ts";

/** What breaks readers of text, whatever the format. */
const EVIL: readonly string[] = [
  "\0",
  "\n",
  "\r",
  "\r\n",
  "\t",
  "\ufeff",
  "\u2028",
  "\u0085",
  "\ud800",
  "\u{1f600}",
  "é",
  "\\",
  '"',
  "'",
  "`",
  "{",
  "}",
  "[",
  "]",
  ":",
  ",",
  "#",
  "=",
  "%2f",
  "%00",
  "..",
  "//",
  "__proto__",
  "constructor",
  "null",
  "true",
  "-0",
  "1e999",
  "9007199254740993",
  " ",
  "  ",
  "",
];
const LONGEST = 4_096;

/** Another input: `base` with one to four changes, some of them parts of `other`. */
export function mutate(
  base: string,
  { other, words, dice }: {
    readonly other: string;
    readonly words: readonly string[];
    readonly dice: Dice;
  },
): string {
  let text = base;
  for (let changes = span(dice, [1, 4]); changes > 0; changes--) {
    text = change(text, { other, words, dice });
  }
  return text.slice(0, LONGEST);
}

function change(
  text: string,
  { other, words, dice }: {
    readonly other: string;
    readonly words: readonly string[];
    readonly dice: Dice;
  },
): string {
  const from = span(dice, [0, text.length]);
  const to = Math.min(text.length, from + span(dice, [0, 12]));
  const [before, piece, after] = [text.slice(0, from), text.slice(from, to), text.slice(to)];
  switch (span(dice, [0, 8])) {
    case 0:
      return before + after;
    case 1:
      return before + piece + piece + after;
    case 2:
      return before + pick(dice, EVIL) + piece + after;
    case 3:
      return before + pick(dice, EVIL) + after;
    case 4:
      return words.length === 0 ? text : before + pick(dice, words) + piece + after;
    case 5: {
      const start = span(dice, [0, other.length]);
      return before + other.slice(start, start + span(dice, [0, 60])) + after;
    }
    case 6:
      return swapLines(text, dice);
    case 7:
      return before + String.fromCharCode(span(dice, [0, 255])) + after.slice(1);
    default:
      return before + piece.repeat(span(dice, [2, 40])) + after;
  }
}

function swapLines(text: string, dice: Dice): string {
  const lines = text.split("\n");
  const [a, b] = [span(dice, [0, lines.length - 1]), span(dice, [0, lines.length - 1])];
  return lines.map((line, index) => index === a ? lines[b] : index === b ? lines[a] : line)
    .join("\n");
}

/**
 * Where a value of a JSON text ends. The text is known to be JSON, so nothing is checked again.
 *
 * @module
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The index behind the string whose opening quote is at `at`. */
export function skipString(text: string, at: number): number {
  let quote = text.indexOf('"', at + 1);
  while (isEscaped(text, quote)) quote = text.indexOf('"', quote + 1);
  return quote + 1;
}

/** The first index from `at` on that is no white space. */
export function skipSpace(text: string, at: number): number {
  let index = at;
  while (text.charCodeAt(index) <= 0x20) index++;
  return index;
}

/**
 * The index behind the value that begins at `at`. Takes nesting of any depth.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { skipValue } from "./skip.ts";
 *
 * assert.equal(skipValue('[{"a":"]"}],1', 0), 11);
 * assert.equal(skipValue('[10, 2]', 1), 3);
 * ```
 */
export function skipValue(text: string, at: number): number {
  let depth = 0;
  let index = at;
  do {
    switch (text.charCodeAt(index)) {
      case QUOTE:
        index = skipString(text, index);
        break;
      case 0x5b: // [
      case 0x7b: // {
        depth++;
        index++;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        index++;
        break;
      default:
        index = depth === 0 ? skipWord(text, index) : index + 1;
    }
  } while (depth > 0);
  return index;
}

/** A number, `true`, `false` or `null`. */
function skipWord(text: string, at: number): number {
  let index = at;
  for (; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code <= 0x20 || code === 0x2c || code === 0x5d || code === 0x7d) break;
  }
  return index;
}

function isEscaped(text: string, quote: number): boolean {
  let index = quote - 1;
  while (text.charCodeAt(index) === BACKSLASH) index--;
  return (quote - index) % 2 === 0;
}

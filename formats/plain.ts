/**
 * A text that is only looked at, such as a script: its data is the text itself.
 *
 * @module
 */

import { FormatError, type TextFormat } from "./format.ts";

/** Nothing is edited in it, and nothing of it is shown. */
export const plain: TextFormat = {
  parse: (text) => text,
  look: refuse,
  edit: refuse,
  redact: () => "",
};

function refuse(): never {
  throw new FormatError("it is a text that is only looked at");
}

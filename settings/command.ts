/**
 * `CREDENTIAL_COMMAND`: text or list → executable and arguments. No shell ever sees it.
 *
 * @module
 */

import type { Parser } from "./parsers.ts";
import { assertNameable } from "./places.ts";
import { quoteCommand } from "./show.ts";

/** A command as text in which quotes group words, or as a list of words. */
export const command: Parser<readonly string[]> = {
  show: quoteCommand,
  parse: (text) => parseCommand(splitWords(text)),
  parseList: parseCommand,
};

function parseCommand(words: readonly string[]): readonly string[] {
  const [executable] = words;
  if (executable === undefined) throw new Error("names no command; wanted a path and arguments");
  if (!executable.startsWith("/")) {
    throw new Error("is not absolute; wanted the whole path of the executable, then its arguments");
  }
  for (const word of words) {
    if (/\p{Cc}/u.test(word)) throw new Error("holds a control character; wanted none");
  }
  assertNameable(executable);
  return words;
}

/**
 * The words of `text`: split at whitespace, except between single or double quotes. Nothing else
 * has a meaning: no backslash, no variable, no pipe.
 *
 * @throws {Error} if a quote is not closed.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { splitWords } from "./command.ts";
 *
 * assert.deepEqual(splitWords(`/bin/x --profile "my dev" ''`), ["/bin/x", "--profile", "my dev", ""]);
 * assert.throws(() => splitWords("/bin/x 'a"), /quote that is not closed/);
 * ```
 */
export function splitWords(text: string): readonly string[] {
  const words: string[] = [];
  let word: string | null = null;
  for (
    const [, quoted, plain, stray] of text.matchAll(/("[^"]*"|'[^']*')|([^\s"']+)|(["'])|\s+/g)
  ) {
    if (stray !== undefined) {
      throw new Error(
        "has a quote that is not closed; wanted a pair of them",
      );
    }
    if (quoted !== undefined) word = (word ?? "") + quoted.slice(1, -1);
    else if (plain !== undefined) word = (word ?? "") + plain;
    else if (word !== null) {
      words.push(word);
      word = null;
    }
  }
  return word === null ? words : [...words, word];
}

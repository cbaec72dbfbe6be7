/**
 * Which of our tokens a text holds, wherever they stand in it.
 *
 * @module
 */

import { Secret, tokenIdOf } from "../../workspace/credential.ts";

/** Whether a token with this id (the SHA-256 of its value) was minted by or given to us. */
export type IsOurs = (tokenId: string) => boolean;

/** The id of a token that is not wrapped yet. */
export function idOf(token: string): string {
  return tokenIdOf(new Secret(token));
}

/** Shorter than any token. */
const LEAST = 6;

/** Alphabets of tokens: in the widest one a name and its value (`KEY=dapi1`) run together. */
const RUNS = [
  /[\w.~+/=-]+/g,
  /(?<==)[\w.~+/=-]+/g,
  /[\w.~+/-]+/g,
  /[\w.~-]+/g,
  /[\w-]+/g,
];

/**
 * Our tokens in a text that need not be of any format, by id. A token that is written with
 * escapes is not seen.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { findOurTokens, idOf } from "./our_tokens.ts";
 *
 * const text = '{"a": "Bearer%20dapi-1234", ';
 * const found = findOurTokens(text, (id) => id === idOf("dapi-1234"));
 * assert.deepEqual([...found.values()], ["dapi-1234"]);
 * ```
 */
export function findOurTokens(text: string, isOurs: IsOurs): ReadonlyMap<string, string> {
  // What stands for another character (`%20`, `\n`) must not run together with a token behind it.
  const plain = text.replace(/%[\da-f]{2}|\\u[\da-f]{4}|\\./gi, " ");
  const candidates = new Set(RUNS.flatMap((run) => plain.match(run) ?? []));
  const found = new Map<string, string>();
  for (const token of candidates) {
    if (token.length < LEAST) continue;
    const id = idOf(token);
    if (isOurs(id)) found.set(id, token);
  }
  return found;
}

/**
 * A profile file that is caught while it is being written.
 *
 * @module
 */

import { parseProfile } from "./profile_file.ts";

/**
 * Whether the token of the profile is the last thing in `text`, without an end of line: then a
 * longer one may be on its way into the file, and the shorter one looks no worse.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { isTokenCut } from "./profile_cut.ts";
 *
 * assert.equal(isTokenCut("[dev]\ntoken = dapi-1", "dev"), true);
 * assert.equal(isTokenCut("[dev]\ntoken = dapi-1\n", "dev"), false);
 * assert.equal(isTokenCut("[dev]\ntoken = dapi-1\nhost = https://one", "dev"), false);
 * ```
 */
export function isTokenCut(text: string, profileName: string): boolean {
  if (text.endsWith("\n")) return false;
  const token = tokenIn(text, profileName);
  return token !== null && token !== tokenIn(`${text}0`, profileName);
}

/** `null` as well where the file cannot be read. */
function tokenIn(text: string, profileName: string): string | null {
  try {
    return parseProfile(text, profileName).token?.reveal() ?? null;
  } catch {
    return null;
  }
}

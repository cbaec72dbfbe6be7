/**
 * The script that a setup before Keyturn put in the place of Gemini CLI's program. It asks a helper
 * for a token of the workspace, and starts the program, which it had moved aside, with that in its
 * environment.
 *
 * @module
 */

import type { Conflict } from "./agent.ts";

const REAL = "gemini.coda-real";

/** Where it lies. */
export function wrapperPath(home: string): string {
  return `${home}/.local/bin/gemini`;
}

/**
 * What is to be done about the script, nothing if `text` is another program. It is a program in
 * the person's path: setup neither changes nor removes it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { wrapperConflicts } from "./gemini_wrapper.ts";
 *
 * const [conflict] = wrapperConflicts('real = "/home/me/.local/bin/gemini.coda-real"', "/home/me");
 * assert.equal(conflict?.where, "/home/me/.local/bin/gemini");
 * assert.deepEqual(wrapperConflicts("#!/usr/bin/env node", "/home/me"), []);
 * ```
 */
export function wrapperConflicts(text: unknown, home: string): readonly Conflict[] {
  if (typeof text !== "string" || !text.includes(REAL)) return [];
  const path = wrapperPath(home);
  return [{
    where: path,
    what: "is the earlier setup's: it starts Gemini CLI with a token of the workspace as " +
      "GEMINI_API_KEY, which wins over the key in .gemini/.env",
    fix: `put the program itself back in its place: mv ${home}/.local/bin/${REAL} ${path}`,
    weight: "overrules",
    takeOver: [],
  }];
}

/**
 * How the files are called whose locks say who rotates.
 *
 * @module
 */

/**
 * The lock file of a profile, beside the file `target`. Each section has its own: two services may
 * keep two workspaces' profiles in one file.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { profileLockOf } from "./lock_files.ts";
 *
 * assert.equal(profileLockOf("/home/me/.databrickscfg", "DEFAULT"), "/home/me/.databrickscfg.DEFAULT.keyturn.lock");
 * assert.equal(profileLockOf("/c", "a/b"), "/c.a%2Fb.keyturn.lock");
 * ```
 */
export function profileLockOf(target: string, profileName: string): string {
  return `${target}.${encodeURIComponent(profileName)}.keyturn.lock`;
}

/** The lock file of a journal, of which one process at a time may write. */
export function journalLockOf(journalFile: string): string {
  return `${journalFile}.lock`;
}

/**
 * Two texts of one file → a unified diff.
 *
 * @module
 */

import { createTwoFilesPatch } from "diff";

/** One file before and after; `null`: it is not there. */
export interface FileChange {
  /** Its path. */
  readonly path: string;
  /** Its text before. */
  readonly before: string | null;
  /** Its text after. */
  readonly after: string | null;
}

/**
 * The change in the form that `diff -u` prints and `patch` reads. Pass redacted texts.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { unifiedDiff } from "./unified_diff.ts";
 *
 * assert.equal(
 *   unifiedDiff({ path: "/a", before: "x\ny\n", after: "x\nz\n" }),
 *   "--- /a\n+++ /a\n@@ -1,2 +1,2 @@\n x\n-y\n+z\n",
 * );
 * ```
 */
export function unifiedDiff({ path, before, after }: FileChange): string {
  const [from, to] = [before, after].map((text) => text === null ? "/dev/null" : path);
  const patch = createTwoFilesPatch(from ?? path, to ?? path, before ?? "", after ?? "");
  // Lines of Subversion's format stand above it.
  return patch.slice(patch.search(/^--- /m));
}

/**
 * Which flags of `anthropic-beta` to leave out after a rejection.
 *
 * @module
 */

/**
 * Flags that an upstream took which refused others.
 * https://github.com/anthropics/claude-code/issues/49370
 */
const TAKEN: ReadonlySet<string> = new Set([
  "claude-code-20250219",
  "interleaved-thinking-2025-05-14",
  "context-management-2025-06-27",
  "structured-outputs-2025-12-15",
]);

/**
 * The flags of a header value.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { betaFlags } from "./beta_flags.ts";
 *
 * assert.deepEqual(betaFlags("a, b,,a"), ["a", "b"]);
 * ```
 */
export function betaFlags(header: string | null): readonly string[] {
  const flags = (header ?? "").split(",").map((flag) => flag.trim()).filter((flag) => flag !== "");
  return [...new Set(flags)];
}

/**
 * The flags that were refused: those that the error names; if it names none, those that are not
 * known to be taken; if all are, every one.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { refusedFlags } from "./beta_flags.ts";
 *
 * assert.deepEqual(refusedFlags("claude-code-20250219,oauth-2025-04-20", []), ["oauth-2025-04-20"]);
 * assert.deepEqual(refusedFlags("a,b", ["b"]), ["b"]);
 * ```
 */
export function refusedFlags(header: string | null, named: readonly string[]): readonly string[] {
  const sent = betaFlags(header);
  if (named.length > 0) return sent.filter((flag) => named.includes(flag));
  const doubtful = sent.filter((flag) => !TAKEN.has(flag));
  return doubtful.length > 0 ? doubtful : sent;
}

/**
 * The header without `flags`; `null` if none is left, and the same text if it had none of them.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { withoutFlags } from "./beta_flags.ts";
 *
 * assert.equal(withoutFlags("a,b", ["b"]), "a");
 * assert.equal(withoutFlags("a,b", ["c"]), "a,b");
 * assert.equal(withoutFlags("b", ["b"]), null);
 * ```
 */
export function withoutFlags(header: string | null, flags: readonly string[]): string | null {
  const sent = betaFlags(header);
  const kept = sent.filter((flag) => !flags.includes(flag));
  if (kept.length === sent.length) return header;
  return kept.length === 0 ? null : kept.join(",");
}

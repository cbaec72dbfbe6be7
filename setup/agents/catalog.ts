/**
 * The models that setup lists for agents which want a list.
 *
 * @module
 */

/** What is listed while the workspace cannot be asked; it has these in most regions. */
const USUAL = [
  "databricks-claude-opus-4-7",
  "databricks-claude-opus-4-6",
  "databricks-claude-sonnet-4-6",
  "databricks-claude-haiku-4-5",
  "databricks-gpt-5-5",
  "databricks-gemini-2-5-pro",
  "databricks-gemini-2-5-flash",
  "databricks-gpt-oss-120b",
];

/** The models of the workspace, or the usual ones; `first` is among them. */
export function listModels(
  served: readonly string[] | null,
  { first }: { readonly first: string },
): readonly string[] {
  return [...new Set([first, ...served ?? USUAL])];
}

/** Whether a model is one of Anthropic's, to be spoken to in its own dialect. */
export function isClaude(name: string): boolean {
  return /claude/i.test(name);
}

/** How much a model takes and gives, in tokens. */
export interface Limits {
  /** What goes in and comes out together. */
  readonly context: number;
  /** What comes out. */
  readonly output: number;
}

/**
 * Limits that a model surely has; agents compact a conversation by them.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { limitsOf } from "./catalog.ts";
 *
 * assert.deepEqual(limitsOf("databricks-claude-opus-4-7"), { context: 200_000, output: 16_384 });
 * assert.equal(limitsOf("something-else").context, 128_000);
 * ```
 */
export function limitsOf(name: string): Limits {
  if (/gemini/.test(name)) return { context: 1_000_000, output: 8_192 };
  if (/claude-(?:opus|fable)/.test(name)) return { context: 200_000, output: 16_384 };
  if (/claude/.test(name)) return { context: 200_000, output: 8_192 };
  if (/gpt-5/.test(name)) return { context: 200_000, output: 16_384 };
  return { context: 128_000, output: 8_192 };
}

/**
 * Which Claude a name means: what its endpoint accepts changes with the version.
 *
 * @module
 */

/** A line of Claude models and its version. */
export interface ClaudeModel {
  /** `opus`, `sonnet`, `haiku`, `fable` … */
  readonly line: string;
  /** Major × 100 + minor: 4.8 is 408, 5 is 500. */
  readonly version: number;
}

// A number of more than two digits is a date, and no minor version.
const NEW_STYLE = /claude-([a-z]+)-(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/;
const OLD_STYLE = /claude-(\d{1,2})(?:[-.](\d{1,2}))?-([a-z]+)/;

/**
 * The Claude that a model name means; `null` if it names none, or no version.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { claudeModel } from "./claude_models.ts";
 *
 * assert.deepEqual(claudeModel("system.ai.claude-opus-4-8"), { line: "opus", version: 408 });
 * assert.deepEqual(claudeModel("claude-sonnet-4-20250514"), { line: "sonnet", version: 400 });
 * assert.deepEqual(claudeModel("databricks-claude-3-7-sonnet"), { line: "sonnet", version: 307 });
 * assert.equal(claudeModel("databricks-gpt-5-5"), null);
 * ```
 */
export function claudeModel(model: string): ClaudeModel | null {
  const name = model.toLowerCase();
  const [, line, major, minor] = NEW_STYLE.exec(name) ?? [];
  if (line !== undefined) return { line, version: versionOf(major, minor) };
  const [, oldMajor, oldMinor, oldLine] = OLD_STYLE.exec(name) ?? [];
  return oldLine === undefined ? null : { line: oldLine, version: versionOf(oldMajor, oldMinor) };
}

function versionOf(major = "0", minor = "0"): number {
  return Number(major) * 100 + Number(minor);
}

/**
 * Whether this Claude decides by itself how long it thinks: Opus since 4.7, the others since 5.
 * It takes an effort, not a budget of tokens.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { thinksAdaptively } from "./claude_models.ts";
 *
 * assert(thinksAdaptively("databricks-claude-opus-4-7"));
 * assert(!thinksAdaptively("databricks-claude-sonnet-4-6"));
 * ```
 */
export function thinksAdaptively(model: string): boolean {
  const claude = claudeModel(model);
  return claude !== null && claude.version >= (claude.line === "opus" ? 407 : 500);
}

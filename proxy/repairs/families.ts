/**
 * Which model family a name belongs to: what an endpoint accepts hangs on who made the model.
 *
 * @module
 */

/**
 * Who made the model, as far as the name tells: `gpt` is OpenAI's own (with `o1` and the like),
 * `open` the open-weight ones that the workspace hosts itself, `unknown` a name of the user's own.
 */
export type ModelFamily = "claude" | "gpt" | "gemini" | "open" | "unknown";

// An open-weight model may carry another's name (`gpt-oss`), so these are looked for first.
const FAMILIES: readonly (readonly [pattern: RegExp, family: ModelFamily])[] = [
  [/gpt-oss|llama|qwen|gemma|mixtral|mistral|deepseek|\bglm\b|kimi|dbrx|nemotron|minimax/, "open"],
  [/claude/, "claude"],
  [/gemini/, "gemini"],
  [/gpt|codex|\bo[1345](?![0-9a-z])/, "gpt"],
];

/**
 * The family of a model name, in any of its spellings.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { familyOf } from "./families.ts";
 *
 * assert.equal(familyOf("system.ai.claude-opus-4-8"), "claude");
 * assert.equal(familyOf("databricks-gpt-oss-120b"), "open");
 * assert.equal(familyOf("databricks-gpt-5-5"), "gpt");
 * assert.equal(familyOf("my-endpoint"), "unknown");
 * ```
 */
export function familyOf(model: string): ModelFamily {
  const name = model.toLowerCase();
  return FAMILIES.find(([pattern]) => pattern.test(name))?.[1] ?? "unknown";
}

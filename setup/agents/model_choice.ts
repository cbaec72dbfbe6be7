/**
 * Which model an agent is to ask for.
 *
 * @module
 */

/** What the choice is made of. */
export interface ModelChoice {
  /** What the settings say, `null` if nothing; it is always taken. */
  readonly set: string | null;
  /** What the agent's config says; kept if it is one of the workspace's. */
  readonly current: unknown;
  /** What the workspace serves, `null` if not known. */
  readonly served: readonly string[] | null;
  /** Names in order of preference; the first is the default when nothing is known. */
  readonly preferred: readonly [string, ...string[]];
}

/**
 * Settings first, then a model of the workspace's that the person has chosen, then the best that
 * is served, then the default.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { chooseModel } from "./model_choice.ts";
 *
 * const choice = { set: null, current: "gpt-5", served: null, preferred: ["a", "b"] } as const;
 * assert.equal(chooseModel(choice), "a");
 * assert.equal(chooseModel({ ...choice, served: ["c", "b"] }), "b");
 * assert.equal(chooseModel({ ...choice, current: "databricks-gpt-5" }), "databricks-gpt-5");
 * assert.equal(chooseModel({ ...choice, current: "c", served: ["c", "b"] }), "c");
 * assert.equal(chooseModel({ ...choice, set: "d", current: "c", served: ["c"] }), "d");
 * ```
 */
export function chooseModel({ set, current, served, preferred }: ModelChoice): string {
  if (set !== null) return set;
  if (typeof current === "string" && isWorkspaceModel(current, served)) return current;
  return preferred.find((name) => served?.includes(name)) ?? preferred[0];
}

/**
 * Whether a name is one of the workspace's models. Its own pre-provisioned ones are named
 * `databricks-…` or `system.ai.…`; Claude Code adds `[1m]` for the long context.
 */
export function isWorkspaceModel(name: string, served: readonly string[] | null): boolean {
  return /^(?:databricks-|system\.ai\.)/.test(name) ||
    (served?.includes(name.replace(/\[\w+\]$/, "")) ?? false);
}

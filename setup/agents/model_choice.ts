/**
 * Which model an agent is to ask for.
 *
 * @module
 */

import type { Conflict, OwnedChange, Wanted } from "./agent.ts";
import { MODEL_REASON } from "./changes.ts";

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

/** A model that stands in one place of a config. */
export interface ModelPlace {
  /** What stands there. */
  readonly current: unknown;
  /** See {@link ModelChoice.preferred}. */
  readonly preferred: ModelChoice["preferred"];
  /** What the settings say, `null` if nothing. */
  readonly set: string | null;
  /** How the place is called. */
  readonly where: string;
  /** Sets it. */
  readonly change: (name: string, reason: string) => OwnedChange;
  /** Names that are no models but words of the agent's for them. */
  readonly aliases?: readonly string[];
}

/** What becomes of it. */
export interface PlannedModel {
  /** The model that the agent will ask for. */
  readonly name: string;
  /** See `Ownership`. */
  readonly values: readonly OwnedChange[];
  /** See `Ownership`. */
  readonly conflicts: readonly Conflict[];
}

/**
 * Plans a model's name. A name that is not known to be the workspace's stays: an endpoint can have
 * any name. It is told, since the agent may find no such model.
 */
export function planModel(
  { current, preferred, set, where, change, aliases = [] }: ModelPlace,
  { served, manners }: Pick<Wanted, "served" | "manners">,
): PlannedModel {
  const name = chooseModel({ set, current, served, preferred });
  const taken = { name, values: [change(name, MODEL_REASON)], conflicts: [] };
  const isOwn = typeof current === "string" && current !== "" && current !== name;
  if (set !== null || !isOwn) return taken;
  if (aliases.includes(current)) return { name: current, values: [], conflicts: [] };
  const conflict: Conflict = {
    where,
    what: `is ${JSON.stringify(current)}, which is not known as a model of the workspace`,
    fix: `--take-over changes it to ${name}, --undo goes back`,
    weight: "warns",
    takeOver: taken.values,
  };
  return { name: manners === "take-over" ? name : current, values: [], conflicts: [conflict] };
}

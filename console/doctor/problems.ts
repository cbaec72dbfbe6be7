/**
 * Which check a problem of the configuration belongs to.
 *
 * @module
 */

import type { Settings } from "../../settings.ts";
import type { Problem } from "../../support/errors.ts";

/** The problems of a configuration, by what they are about. */
export interface SortedProblems {
  /** Environment and `config.yaml`. */
  readonly settings: readonly Problem[];
  /** The profile file: it cannot be read, or holds no token. */
  readonly profile: readonly Problem[];
  /** Nothing says where the workspace is, or not well. */
  readonly host: readonly Problem[];
}

/** What is sorted. */
export interface WithProblems {
  readonly settings: Pick<Settings, "profileFile">;
  readonly problems: readonly Problem[];
}

/**
 * The problems, sorted.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { problemsOf } from "./problems.ts";
 *
 * const problems = [
 *   { name: "/p", message: "Cannot read profile" },
 *   { name: "DATABRICKS_HOST", message: "is not set, and the profile has no host" },
 *   { name: "PROXY_PORT", message: '"web" is no number' },
 * ];
 * const sorted = problemsOf({ settings: { profileFile: "/p" }, problems });
 * assert.deepEqual(sorted.profile, problems.slice(0, 1));
 * assert.deepEqual(sorted.host, problems.slice(1, 2));
 * assert.deepEqual(sorted.settings, problems.slice(2));
 * ```
 */
export function problemsOf({ settings, problems }: WithProblems): SortedProblems {
  const kindOf = ({ name, message }: Problem): keyof SortedProblems => {
    if (name === settings.profileFile) return "profile";
    if (name.startsWith("host in ")) return "host";
    // What was given and is wrong is a matter of the settings.
    if (!message.startsWith("is not set, and the profile ")) return "settings";
    return name === "DATABRICKS_HOST" ? "host" : "profile";
  };
  const of = (kind: keyof SortedProblems) => problems.filter((each) => kindOf(each) === kind);
  return { settings: of("settings"), profile: of("profile"), host: of("host") };
}

/** Problems on one line. */
export function describeProblems(problems: readonly Problem[]): string {
  return problems.map(({ name, message }) => `${name} ${message}`).join("; ");
}

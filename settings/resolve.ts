/**
 * Environment and file → one value for each setting that is given, and the problems of the others.
 *
 * @module
 */

import { describeError, type Problem } from "../support/errors.ts";
import { type Entry, problemAt } from "./config_file.ts";
import { findNearest } from "./nearest.ts";
import type { Environment } from "./places.ts";
import { quote } from "./show.ts";
import { type Setting, type SettingName, TABLE, TABLE_NAMES, type Values } from "./table.ts";

/** The settings that a source gives; `undefined` stands for a value that is wrong. */
export type Given = { readonly [Name in SettingName]?: Values[Name] | undefined };

/** What one source gives. */
export interface Taken {
  /** Good and wrong values. */
  readonly given: Given;
  /** Why the wrong ones are wrong. */
  readonly problems: readonly Problem[];
}

/** The settings in the environment. Empty or blank counts as not set, save for `blank` settings. */
export function takeEnvironment(env: Environment): Taken {
  const given: Record<string, unknown> = {};
  const problems: Problem[] = [];
  for (const name of TABLE_NAMES) {
    const text = env[name]?.trim();
    const setting: Setting<unknown> = TABLE[name];
    if (text === undefined || text === "" && setting.blank === undefined) continue;
    const read = readValue(setting, text);
    given[name] = read.value;
    if (read.problem !== null) problems.push({ name, message: read.problem });
  }
  return { given, problems };
}

/** The settings in the file: the same names in lower case, and no others. */
export function takeEntries(entries: readonly Entry[]): Taken {
  const given: Record<string, unknown> = {};
  const problems: Problem[] = [];
  for (const { key, value, line } of entries) {
    const name = TABLE_NAMES.find((candidate) => candidate.toLowerCase() === key);
    if (name === undefined) {
      problems.push(problemAt(line, `${quote(key)} is not a setting; ${suggest(key)}`));
      continue;
    }
    const read = readValue(TABLE[name], value);
    given[name] = read.value;
    if (read.problem !== null) problems.push(problemAt(line, `${key}: ${read.problem}`));
  }
  return { given, problems };
}

function readValue(
  setting: Setting<unknown>,
  value: string | readonly string[],
): { readonly value: unknown; readonly problem: string | null } {
  if (value === "") {
    const problem = setting.blank === undefined ? 'is ""; wanted a value, or no such line' : null;
    return { value: problem === null ? setting.fallback : undefined, problem };
  }
  try {
    if (typeof value === "string") return { value: setting.parse(value), problem: null };
    if (setting.parseList !== undefined) return { value: setting.parseList(value), problem: null };
    return { value: undefined, problem: "is a list; wanted one value" };
  } catch (error) {
    // Parsers refuse with a plain Error; a subclass (TypeError …) is a bug of ours.
    if (!(error instanceof Error) || error.name !== "Error") throw error;
    const shown = setting.show(typeof value === "string" ? value : value.join(" "));
    return { value: undefined, problem: `${shown} ${describeError(error)}` };
  }
}

function suggest(key: string): string {
  const nearest = findNearest(key, TABLE_NAMES.map((name) => name.toLowerCase()));
  return nearest === null ? "wanted one of the settings in lower case" : `did you mean ${nearest}?`;
}

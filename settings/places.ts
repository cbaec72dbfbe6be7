/**
 * Where things are: home and the folders that follow from it.
 *
 * @module
 */

import { normalize } from "node:path/posix";
import { ConfigError, describeError, type Problem } from "../support/errors.ts";
import type { Parser } from "./parsers.ts";
import { quote } from "./show.ts";

/** The environment as a plain record. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The variables that say where things are; they cannot stand in the file. */
export const PLACE_NAMES = ["HOME", "KEYTURN_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"] as const;

/** The folders that settings are about, absolute and without a final slash. */
export interface Places {
  /** Where every `~` is. */
  readonly home: string;
  /** Holds `config.yaml` and `keys.json`. */
  readonly configFolder: string;
  /** Holds `journal.json`. */
  readonly stateFolder: string;
}

/**
 * Where every `~` is: `KEYTURN_HOME`, else `HOME`. Some containers have neither, or `/`.
 *
 * @throws {ConfigError} that names `KEYTURN_HOME` if there is no such folder.
 */
export function homeOf(env: Environment): string {
  const name = readVariable(env, "KEYTURN_HOME") === "" ? "HOME" : "KEYTURN_HOME";
  const text = readVariable(env, name);
  const wanted = "wanted the absolute path of a home folder; set KEYTURN_HOME to it";
  if (text === "") throw new ConfigError([{ name, message: `is not set; ${wanted}` }]);
  try {
    return parseFolder(text);
  } catch (error) {
    const message = `${quote(text)} ${describeError(error)}; ${wanted}`;
    throw new ConfigError([{ name, message }]);
  }
}

/**
 * The path of `config.yaml`.
 *
 * @throws {ConfigError} as {@link homeOf} does, if home is needed to know.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { configPathOf } from "./places.ts";
 *
 * assert.equal(configPathOf({ HOME: "/home/me" }), "/home/me/.config/keyturn/config.yaml");
 * ```
 */
export function configPathOf(env: Environment): string {
  return `${configFolderOf(env)}/config.yaml`;
}

/**
 * All places at once.
 *
 * @throws {ConfigError} with every problem.
 */
export function findPlaces(env: Environment): Places {
  const problems = new Map<string, Problem>();
  const attempt = (find: (env: Environment) => string): string => {
    try {
      return find(env);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      // All three can rest on the same home, whose problem is to be told once.
      for (const problem of error.problems) problems.set(problem.name, problem);
      return "";
    }
  };
  const places = {
    home: attempt(homeOf),
    configFolder: attempt(configFolderOf),
    stateFolder: attempt(stateFolderOf),
  };
  if (problems.size > 0) throw new ConfigError([...problems.values()]);
  return places;
}

function configFolderOf(env: Environment): string {
  return `${xdgFolderOf(env, "XDG_CONFIG_HOME") ?? `${homeOf(env)}/.config`}/keyturn`;
}

function stateFolderOf(env: Environment): string {
  return `${xdgFolderOf(env, "XDG_STATE_HOME") ?? `${homeOf(env)}/.local/state`}/keyturn`;
}

/**
 * Empty or relative counts as not set: "All paths set in these environment variables must be
 * absolute. If an implementation encounters a relative path […] it should consider the path invalid
 * and ignore it" (https://specifications.freedesktop.org/basedir-spec/latest/#basics).
 */
function xdgFolderOf(env: Environment, name: "XDG_CONFIG_HOME" | "XDG_STATE_HOME"): string | null {
  const text = readVariable(env, name);
  if (!text.startsWith("/")) return null;
  try {
    return parseFolder(text);
  } catch (error) {
    const message = `${quote(text)} ${describeError(error)}; wanted another folder, or none`;
    throw new ConfigError([{ name, message }]);
  }
}

function readVariable(env: Environment, name: (typeof PLACE_NAMES)[number]): string {
  return env[name]?.trim() ?? "";
}

function parseFolder(text: string): string {
  assertNameable(text);
  if (!text.startsWith("/")) throw new Error("is not absolute");
  if (normalize(text) === "/") throw new Error("is the root folder");
  return text.replace(/\/+$/, "");
}

/**
 * Refuses what a permission list of Deno would read in its own way: it is split at commas.
 *
 * @throws {Error} with the reason.
 */
export function assertNameable(path: string): void {
  if (path.includes(",")) throw new Error("holds a comma, at which permission lists are split");
  if (/\p{Cc}/u.test(path)) throw new Error("holds a control character");
}

/** A file, absolute or below `~/`; {@link expandHome} makes it absolute. */
export const filePath: Parser<string> = {
  show: quote,
  parse(text) {
    assertNameable(text);
    if (!text.startsWith("/") && !text.startsWith("~/")) {
      throw new Error("is not absolute; wanted a path that begins with / or ~/");
    }
    if (text.endsWith("/")) throw new Error("is a folder; wanted a file");
    return text;
  },
};

/** `path` with `home` for a `~` at its start. */
export function expandHome(path: string, home: string): string {
  return path.startsWith("~/") ? home + path.slice(1) : path;
}

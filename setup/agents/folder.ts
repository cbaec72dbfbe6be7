/**
 * Where agents keep their files.
 *
 * @module
 */

import { isAbsolute } from "node:path";
import { assertNameable } from "../../settings/places.ts";
import { ConfigError, describeError } from "../../support/errors.ts";
import type { Env } from "./agent.ts";

/** How a folder is found. */
export interface FolderOptions {
  /** The environment. */
  readonly env: Env;
  /** The variable that moves it. */
  readonly variable: string;
  /** Where it is otherwise. */
  readonly otherwise: string;
}

/**
 * The folder that `variable` names, without a final slash.
 *
 * @throws {ConfigError} if that is no absolute path: only the agent's folder of work says what it
 * means.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { folderOf } from "./folder.ts";
 *
 * const place = { variable: "CODEX_HOME", otherwise: "/home/me/.codex" };
 * assert.equal(folderOf({ ...place, env: {} }), "/home/me/.codex");
 * assert.equal(folderOf({ ...place, env: { CODEX_HOME: "/srv/codex/" } }), "/srv/codex");
 * assert.throws(() => folderOf({ ...place, env: { CODEX_HOME: "here" } }), /absolute path/);
 * ```
 */
export function folderOf({ env, variable, otherwise }: FolderOptions): string {
  const folder = env[variable]?.trim() ?? "";
  if (folder === "") return otherwise;
  const wanted = `wanted an absolute path, or none for ${otherwise}`;
  if (!isAbsolute(folder)) throw wrong(variable, `is ${JSON.stringify(folder)}; ${wanted}`);
  try {
    assertNameable(folder);
  } catch (error) {
    throw wrong(variable, `${JSON.stringify(folder)} ${describeError(error)}; ${wanted}`);
  }
  return folder.replace(/\/+$/, "") || "/";
}

/**
 * A folder of the XDG base directories. A relative one is to be ignored, says their specification
 * (https://specifications.freedesktop.org/basedir-spec/latest/#basics).
 */
export function xdgFolderOf({ env, variable, otherwise }: FolderOptions): string {
  const isSet = (env[variable] ?? "").trim().startsWith("/");
  return isSet ? folderOf({ env, variable, otherwise }) : otherwise;
}

function wrong(name: string, message: string): ConfigError {
  return new ConfigError([{ name, message }]);
}

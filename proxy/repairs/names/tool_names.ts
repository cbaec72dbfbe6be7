/**
 * Names of tools that every endpoint takes, and the way back to those that the caller knows.
 *
 * @module
 */

import type { Dialect } from "../../../workspace/endpoints.ts";
import { get, type Json, type JsonObject } from "../json.ts";
import { mapTools } from "../schemas/tools.ts";
import { textHash } from "../text_hash.ts";

/** OpenAI's pattern is `^[a-zA-Z0-9_-]+$`; Anthropic's older length is what all of them take. */
const MAX_LENGTH = 64;

/** What is left of a name before its mark, so that both fit. */
const KEPT = 54;

/**
 * The name that an endpoint gets for `name`: itself if it is taken, else what can be kept of it
 * and a mark that tells it from others. The same for every request, whatever else is in it, so
 * that a prompt cache finds it again.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { takenName } from "./tool_names.ts";
 *
 * assert.equal(takenName("read_file"), "read_file");
 * assert.match(takenName("fs.read/file"), /^fs_read_file_[0-9a-z]{9}$/);
 * assert.notEqual(takenName("fs.read"), takenName("fs/read"));
 * ```
 */
export function takenName(name: string): string {
  return isTaken(name) ? name : marked(name, name);
}

/** Whether every endpoint takes a name as it is. */
export function isTaken(name: string): boolean {
  const { length } = name;
  if (length === 0 || length > MAX_LENGTH) return false;
  // Each call of a history comes by here: twice as fast as an expression.
  for (let index = 0; index < length; index++) {
    if (!isTakenCode(name.charCodeAt(index))) return false;
  }
  return true;
}

function isTakenCode(code: number): boolean {
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x7a || code >= 0x30 && code <= 0x39 ||
    code === 0x5f || code === 0x2d;
}

/** Whether that is a name, and one that endpoints refuse. */
export function isForeign(name: Json | undefined): boolean {
  return typeof name === "string" && !isTaken(name);
}

function marked(name: string, salted: string): string {
  const kept = name.slice(0, KEPT).replaceAll(/[^a-zA-Z0-9_-]/g, "_");
  return `${kept === "" ? "tool" : kept}_${textHash(salted)}`;
}

/**
 * What the tools of a request are called upstream, by what the caller calls them: only those
 * that get another name, and no name twice.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { renamesOf } from "./tool_names.ts";
 *
 * const renames = renamesOf({ tools: [{ name: "ok" }, { name: "a.b" }] }, "anthropic");
 * assert.deepEqual([...renames.keys()], ["a.b"]);
 * ```
 */
export function renamesOf(body: JsonObject, dialect: Dialect): ReadonlyMap<string, string> {
  const names = definedNames(body, dialect);
  const renames = new Map<string, string>();
  const used = new Set(names.filter(isTaken));
  for (const name of names) {
    if (isTaken(name) || renames.has(name)) continue;
    let other = marked(name, name);
    for (let salt = 1; used.has(other); salt++) other = marked(name, `${salt} ${name}`);
    used.add(other);
    renames.set(name, other);
  }
  return renames;
}

/** The names of the tools that a request brings, in order. */
function definedNames(body: JsonObject, dialect: Dialect): readonly string[] {
  const names: string[] = [];
  mapTools(body, dialect, (tool) => {
    const name = get(tool, "name");
    if (typeof name === "string") names.push(name);
    return tool;
  });
  return names;
}

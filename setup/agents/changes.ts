/**
 * How agents say what is theirs to change, in few words.
 *
 * @module
 */

import type { ConfigValue, ValuePath } from "../../formats/format.ts";
import type { Secret } from "../../workspace/credential.ts";
import type { Conflict, Env, OwnedChange } from "./agent.ts";

/** Why the model's name is set. */
export const MODEL_REASON = "the model to ask for";
/** Why the address is set. */
export const ADDRESS_REASON = "requests go through Keyturn";
/** Why the key is set. */
export const KEY_REASON = "a key of this machine; Keyturn puts the workspace's token in its place";

/** Makes changes of one file that set a value. */
export function setter(
  file: string,
): (path: ValuePath, value: ConfigValue | Secret, reason: string) => OwnedChange {
  return (path, value, reason) => ({ file, path, to: "value", value, reason });
}

/** Makes changes of one file that take a value away. */
export function remover(file: string): (path: ValuePath, reason: string) => OwnedChange {
  return (path, reason) => ({ file, path, to: "nothing", reason });
}

/**
 * Variables of the environment that are set, and what each of them does.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { shadowing } from "./changes.ts";
 *
 * const wins = { MY_URL: "wins over the file" };
 * assert.equal(shadowing({ MY_URL: "http://x" }, "overrules", wins)[0]?.where, "MY_URL");
 * assert.deepEqual(shadowing({ MY_URL: "" }, "overrules", wins), []);
 * ```
 */
export function shadowing(
  env: Env,
  weight: "overrules" | "warns",
  does: Readonly<Record<string, string>>,
): readonly Conflict[] {
  return Object.entries(does).filter(([name]) => (env[name] ?? "") !== "").map(([name, what]) => ({
    where: name,
    what: `is set in the environment and ${what}`,
    fix: "unset it, and take it out of your shell's profile",
    weight,
    takeOver: [],
  }));
}

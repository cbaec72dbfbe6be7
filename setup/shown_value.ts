/**
 * Values of configs for people's eyes: secrets are replaced, long ones are cut.
 *
 * @module
 */

import { pathText, valueAt, type ValuePath } from "../formats/format.ts";
import { holdsSecret, isSecretValue, redactTokens, redactValue } from "../formats/redact.ts";

const LONGEST = 120;

/**
 * What stands at `path`, as a person is told; `null` for nothing.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { shownValue } from "./shown_value.ts";
 *
 * assert.equal(shownValue("gpt-5", ["model"]), "gpt-5");
 * assert.equal(shownValue("hunter2", ["api_key"]), "[redacted]");
 * assert.equal(shownValue([true, "a"], ["list"]), '[true,"a"]');
 * assert.equal(shownValue(undefined, ["model"]), null);
 * ```
 */
export function shownValue(value: unknown, path: ValuePath): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== "string") return cut(redactTokens(JSON.stringify(redactValue(path, value))));
  const redacted = redactTokens(value);
  return redacted === value && isSecretValue(path, value) ? "[redacted]" : cut(redacted);
}

function cut(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}

/** Says which secrets a change takes out of a file for good. */
export function lostSecretNotes(
  current: unknown,
  { changes, agent }: {
    readonly changes: readonly { readonly path: ValuePath }[];
    readonly agent: string;
  },
): readonly string[] {
  return changes.flatMap(({ path }) => {
    const value = valueAt(current, path);
    const isOurs = typeof value === "string" && value.startsWith(`kt_${agent}_`);
    if (isOurs || !holdsSecret(path, value)) return [];
    return [
      `${pathText(path)} held another secret; --undo does not bring it back, since Keyturn ` +
      "keeps no copy of secrets",
    ];
  });
}

/**
 * Which values all readers of a profile file take alike, and which keys they all find.
 *
 * @module
 */
import type { ProfileFault } from "./profile_error.ts";
import type { EntryLine } from "./profile_lines.ts";

/** The keys of a profile that this service uses. */
export type OwnedKey = "token" | "host";

/**
 * The characters that no reader gives a meaning, and that may therefore be read and written.
 * `%` is left out for readers that use configparser's `get()`, which expands it, and `$` for
 * Java, which expands `${…}`.
 */
const PLAIN_CHAR: Readonly<Record<OwnedKey, RegExp>> = {
  token: /[A-Za-z0-9._~+/=-]/,
  host: /[A-Za-z0-9._~:/?#@!&=+,[\]-]/,
};

/**
 * Whether every reader takes `value` for exactly this value of `key`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { isPlainValue } from "./profile_values.ts";
 *
 * assert.ok(isPlainValue("dapi0123-2", "token"));
 * assert.ok(!isPlainValue("dapi%20", "token"));
 * assert.ok(isPlainValue("https://adb-1.2.azuredatabricks.net", "host"));
 * ```
 */
export function isPlainValue(value: string, key: OwnedKey): boolean {
  // "host = #…" is a value to these readers, but looks like a comment to a person.
  return value !== "" && !value.startsWith("#") && findOddChar(value, key) === undefined;
}

function findOddChar(value: string, key: OwnedKey): string | undefined {
  return [...value].find((char) => !PLAIN_CHAR[key].test(char));
}

/** What is wrong with a line of the profile's own section; `null` where all readers agree on it. */
export function findEntryFault(line: EntryLine): ProfileFault | null {
  const key = line.key.toLowerCase();
  if (key !== "token" && key !== "host") return null;
  const at = `line ${line.number}`;
  if (line.key !== key) {
    const detail = `${at} spells "${key}" with capital letters, which only the Python SDK reads; ` +
      "use small letters";
    return { reason: "key-case", detail };
  }
  if (line.delimiter !== "=") {
    const detail = `${at} has ":" after "${key}", which the JS SDK does not read; use "="`;
    return { reason: "colon", detail };
  }
  if (line.value === "" || isPlainValue(line.value, key)) return null;
  return findValueFault({ ...line, key });
}

/** The value of `line` is known not to be plain. */
function findValueFault(line: EntryLine & { readonly key: OwnedKey }): ProfileFault {
  const subject = `line ${line.number} has a "${line.key}"`;
  if (/^["'`]/.test(line.value)) {
    const detail = `${subject} in quotes, which only some readers take off; remove the quotes`;
    return { reason: "quoted-value", detail };
  }
  if (/(?:^|\s)[#;]/.test(line.value)) {
    const detail = `${subject} with a comment behind it, which the Python SDK takes for a part ` +
      "of the value; move the comment to its own line";
    return { reason: "inline-comment", detail };
  }
  // One character gives nothing of a token away, and is what the person has to look for.
  const odd = findOddChar(line.value, line.key) ?? "";
  const code = (odd.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  const shown = /^[!-~]$/.test(odd) ? `'${odd}'` : `U+${code}`;
  const detail = `${subject} with the character ${shown}, which not every reader takes as it is; ` +
    "write the value anew";
  return { reason: "value-characters", detail };
}

/**
 * A `.env` text for people's eyes: every secret is replaced.
 *
 * @module
 */

import { findDotenvStrings } from "./dotenv_strings.ts";
import { isSecretName, redactString, redactTokens } from "./redact.ts";
import { spliceAll } from "./span.ts";

// Assignments that were put out of use often keep the old key.
const COMMENTED = /^([ \t]*#[# \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*[=:][ \t]*)(\S.*)$/gm;

/**
 * Replaces the values of names that are named like secrets, in comments too, and whatever looks
 * like a token anywhere.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { redactDotenv } from "./dotenv_redact.ts";
 *
 * assert.equal(
 *   redactDotenv("API_KEY='hunter2' # mine\n# OLD_TOKEN=hunter1\nA=b\n"),
 *   "API_KEY='[redacted]' # mine\n# OLD_TOKEN=[redacted]\nA=b\n",
 * );
 * ```
 */
export function redactDotenv(text: string): string {
  const splices = findDotenvStrings(text).flatMap(({ path, value, start, end }) => {
    const under = isSecretName(String(path[0])) ? "secret" : "open";
    const shown = redactString(value, { under, source: text.slice(start, end) });
    const quotes = (end - start - value.length) / 2;
    return shown === null ? [] : [{ start: start + quotes, end: end - quotes, insert: shown }];
  });
  const hidden = spliceAll(text, splices).replace(COMMENTED, (line, head, name, value) => {
    if (!isSecretName(name)) return line;
    return head + (redactString(value, { under: "secret", source: value }) ?? value);
  });
  return redactTokens(hidden);
}

/**
 * How a value that was seen is shown in a problem.
 *
 * @module
 */

import { redactTokens } from "../workspace/redact.ts";

const LONGEST = 80;

/**
 * `text` in double quotes and on one line: what cannot be seen (line breaks, terminal escapes,
 * characters without width) is escaped, and a long text is cut. A token that was put into the wrong
 * place is not shown.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { quote } from "./show.ts";
 *
 * assert.equal(quote('a"b\n'), '"a\\"b\\n"');
 * assert.equal(quote("x=dapi0123456789"), '"x=[redacted]"');
 * assert.equal(quote("a\u{202e}b"), '"a\\u{202e}b"');
 * ```
 */
export function quote(text: string): string {
  const safe = redactTokens(text);
  const cut = safe.length > LONGEST ? `${safe.slice(0, LONGEST)}…` : safe;
  return JSON.stringify(cut).replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`,
  );
}

/**
 * A URL as {@link quote} shows it, without what stands before an `@`: that can be a password.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { quoteUrl } from "./show.ts";
 *
 * assert.equal(quoteUrl("https://me:hunter2@h.example"), '"…@h.example"');
 * ```
 */
export function quoteUrl(text: string): string {
  const at = text.lastIndexOf("@");
  return quote(at < 0 ? text : `…${text.slice(at)}`);
}

/**
 * The first word of a command as {@link quote} shows it, up to a `=`: what follows can be a password.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { quoteCommand } from "./show.ts";
 *
 * assert.equal(quoteCommand("get-token --password hunter2"), '"get-token …"');
 * ```
 */
export function quoteCommand(text: string): string {
  return quote(text.replace(/[\s=].*$/s, " …"));
}

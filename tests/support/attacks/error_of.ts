/** The sentence of an error, where the SDKs of a dialect look for it. */

import assert from "node:assert/strict";
import type { Refused } from "./attack.ts";

/** Fails unless `text` is an error in the dialect of `refused`. */
export function errorOf(
  text: string,
  { status, as }: Exclude<Refused, "closed">,
): string {
  const json = JSON.parse(text);
  if (as === "anthropic") {
    assert.equal(json.type, "error");
    assert.equal(typeof json.error.type, "string");
  } else if (as === "gemini") {
    assert.equal(json.error.code, status);
    assert.match(json.error.status, /^[A-Z_]+$/);
  } else {
    assert.match(json.error.code, /^keyturn_/);
    assert.equal(json.error.param, null);
  }
  assert.equal(typeof json.error.message, "string");
  return json.error.message;
}

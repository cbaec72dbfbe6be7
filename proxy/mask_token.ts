/**
 * The token that a request was sent with, made unreadable where the workspace sends it back. A
 * caller has a local key so that it never sees this one.
 *
 * @module
 */

import type { Secret } from "../workspace/credential.ts";

const STAR = 42;

/**
 * `bytes` with a star for each character of `secret` in them: the length stays what a header says.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Secret } from "../workspace/credential.ts";
 * import { maskToken } from "./mask_token.ts";
 *
 * const bytes = new TextEncoder().encode("bad token: dapi-1");
 * const masked = maskToken(bytes, new Secret("dapi-1"));
 * assert.equal(new TextDecoder().decode(masked), "bad token: ******");
 * ```
 */
export function maskToken(
  bytes: Uint8Array<ArrayBuffer>,
  secret: Secret,
): Uint8Array<ArrayBuffer> {
  const needle = new TextEncoder().encode(secret.reveal());
  let masked = bytes;
  for (let at = findIn(bytes, needle, 0); at !== -1; at = findIn(bytes, needle, at + 1)) {
    if (masked === bytes) masked = bytes.slice();
    masked.fill(STAR, at, at + needle.length);
  }
  return masked;
}

/**
 * The same for text, also where it is spelled as JSON may spell it: `\u0064api-1` is a token to
 * whoever reads it. With more backslashes it is one in a text within the text.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Secret } from "../workspace/credential.ts";
 * import { maskText } from "./mask_token.ts";
 *
 * assert.equal(maskText("bad: dapi-1, d\\u0061pi-1", new Secret("dapi-1")), "bad: ******, ******");
 * ```
 */
export function maskText(text: string, secret: Secret): string {
  const token = secret.reveal();
  const stars = "*".repeat(token.length);
  const masked = text.includes(token) ? text.replaceAll(token, stars) : text;
  // Most texts have none, and what follows looks at each character.
  if (token === "" || !text.includes("\\")) return masked;
  return masked.replace(new RegExp(Array.from(token, spellingsOf).join(""), "g"), stars);
}

function spellingsOf(character: string): string {
  const itself = character.replace(/[^A-Za-z0-9]/, "\\$&");
  const hex = character.charCodeAt(0).toString(16).padStart(4, "0")
    .replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
  const escaped = character === "/" ? "\\\\+/|" : "";
  return `(?:${itself}|${escaped}\\\\+u${hex})`;
}

/** The same for a body that is too long to be held; also where the token comes in two pieces. */
export function maskingStream(
  secret: Secret,
): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  const overlap = new TextEncoder().encode(secret.reveal()).length - 1;
  let held = new Uint8Array();
  return new TransformStream({
    transform(chunk, controller) {
      const whole = new Uint8Array(held.length + chunk.length);
      whole.set(held);
      whole.set(chunk, held.length);
      const masked = maskToken(whole, secret);
      const end = Math.max(0, masked.length - overlap);
      held = masked.slice(end);
      if (end > 0) controller.enqueue(masked.slice(0, end));
    },
    flush(controller) {
      if (held.length > 0) controller.enqueue(held);
    },
  });
}

function findIn(bytes: Uint8Array, needle: Uint8Array, from: number): number {
  const first = needle[0];
  if (first === undefined) return -1;
  for (let at = bytes.indexOf(first, from); at !== -1; at = bytes.indexOf(first, at + 1)) {
    if (needle.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}

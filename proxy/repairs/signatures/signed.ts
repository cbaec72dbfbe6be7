/**
 * Where signatures of calls stand, and what tells calls from one another.
 *
 * @module
 */

import { get, isArray, isObject, type Json, type JsonObject, withEntry } from "../json.ts";
import { callOf } from "../gemini_parts.ts";
import { isTooDeep } from "../schemas/positions.ts";
import { textHash } from "../text_hash.ts";

/**
 * What Google lets pass as a signature. It costs quality, and more so on any but the first call of
 * a turn, so it is a last resort.
 *
 * https://ai.google.dev/gemini-api/docs/thought-signatures,
 * https://github.com/BerriAI/litellm/pull/37541
 */
export const UNSIGNED = "skip_thought_signature_validator";

/** The signature of a part of Gemini's or of a call of chat; `null` if it has none. */
export function signatureOf(signed: JsonObject): string | null {
  const signature = signed.thoughtSignature ?? signed.thought_signature;
  return typeof signature === "string" && signature !== "" ? signature : null;
}

/** The call signed, in the spelling that it has. */
export function withSignature(call: JsonObject, signature: string): JsonObject {
  const isSnake = Object.hasOwn(call, "function_call") || Object.hasOwn(call, "thought_signature");
  return withEntry(call, isSnake ? "thought_signature" : "thoughtSignature", signature);
}

/**
 * What a call of Gemini's is known by: its id, if it has one, and what it asks for.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { geminiKeys } from "./signed.ts";
 *
 * const keys = geminiKeys({ functionCall: { id: "1", name: "ls", args: { b: 1, a: 2 } } });
 * assert.deepEqual(keys, { id: 'id "1"', call: 'call "ls" {"a":2,"b":1}' });
 * ```
 */
export function geminiKeys(
  part: Json,
): { readonly id: string | null; readonly call: string | null } {
  const call = callOf(part);
  if (call === null) return { id: null, call: null };
  const args = get(call, "args") ?? {};
  const name = get(call, "name");
  return {
    id: idKey(get(call, "id")),
    call: isTooDeep(call) ? null : `call ${JSON.stringify(name)} ${shortened(sorted(args))}`,
  };
}

/** What a call is known by that has an id, as all calls of chat have. */
export function idKey(id: Json | undefined): string | null {
  return typeof id === "string" && id !== "" ? `id ${JSON.stringify(id)}` : null;
}

const SHORT = 256;

function shortened(value: Json): string {
  const text = JSON.stringify(value);
  return text.length <= SHORT ? text : `${text.length} ${textHash(text)}`;
}

/** Callers write what they play back in their own order. */
function sorted(value: Json): Json {
  if (isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const keys = Object.keys(value).toSorted();
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key] ?? null)]));
}

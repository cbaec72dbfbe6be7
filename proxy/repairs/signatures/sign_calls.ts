/**
 * Signatures put on the calls of a history.
 *
 * @module
 */

import type { Dialect } from "../../../workspace/endpoints.ts";
import { get, isArray, isObject, type Json, type JsonObject, mapEntryItems } from "../json.ts";
import { callOf } from "../gemini_parts.ts";
import { geminiKeys, idKey, signatureOf, UNSIGNED, withSignature } from "./signed.ts";
import { surveyContents } from "../surveys/contents_survey.ts";
import type { SignatureShelf } from "./signature_store.ts";

/** The body with each unsigned call signed as it was once; the same body if none is known. */
export function signKnown(body: JsonObject, dialect: Dialect, shelf: SignatureShelf): JsonObject {
  if (shelf.isEmpty || (dialect === "gemini" && !surveyContents(body).hasUnsigned)) return body;
  return dialect === "gemini" ? signGemini(body, shelf) : signChat(body, shelf);
}

function signChat(body: JsonObject, shelf: SignatureShelf): JsonObject {
  return mapCalls(body, "chat", (call) => {
    const key = idKey(get(call, "id"));
    const signature = key === null ? undefined : shelf.of(key).at(-1);
    return signature === undefined ? call : withSignature(call, signature);
  });
}

function signGemini(body: JsonObject, shelf: SignatureShelf): JsonObject {
  const counts = countsOf(body);
  const seen = new Map<string, number>();
  const count = counterIn(seen);
  return mapCalls(body, "gemini", (part) => {
    count(part);
    const { id, call } = geminiKeys(part);
    const own = id === null ? undefined : shelf.of(id).at(-1);
    if (own !== undefined) return withSignature(part, own);
    if (call === null) return part;
    // The same call may be made often: the last one of a history is the one that was signed last.
    const known = shelf.of(call);
    const first = known.length - (counts.get(call) ?? 0);
    const signature = known[first + (seen.get(call) ?? 0) - 1];
    return signature === undefined ? part : withSignature(part, signature);
  }, count);
}

/** How often each call is made in a history. */
function countsOf(body: JsonObject): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const count = counterIn(counts);
  mapCalls(body, "gemini", (part) => {
    count(part);
    return part;
  }, count);
  return counts;
}

/** Counts a call in `counts`. */
function counterIn(counts: Map<string, number>): (part: JsonObject) => void {
  return (part) => {
    const { call } = geminiKeys(part);
    if (call !== null) counts.set(call, (counts.get(call) ?? 0) + 1);
  };
}

/**
 * The body with Google's own word for "unsigned" on the first call of each turn that has no
 * signature: only the first is asked for one.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { signUnsigned } from "./sign_calls.ts";
 *
 * const call = { functionCall: { name: "ls", args: {} } };
 * const body = { contents: [{ role: "model", parts: [call, call] }] };
 * assert.deepEqual(signUnsigned(body, "gemini"), {
 *   contents: [{
 *     role: "model",
 *     parts: [{ ...call, thoughtSignature: "skip_thought_signature_validator" }, call],
 *   }],
 * });
 * ```
 */
export function signUnsigned(body: JsonObject, dialect: Dialect): JsonObject {
  if (dialect === "gemini" && !surveyContents(body).hasUnsigned) return body;
  return mapTurns(body, dialect, (turn, { key, isCall }) => {
    const calls = get(turn, key);
    const at = isArray(calls) ? calls.findIndex(isCall) : -1;
    const first = isArray(calls) ? calls[at] : undefined;
    if (!isObject(first) || signatureOf(first) !== null) return turn;
    const signed = withSignature(first, UNSIGNED);
    return mapEntryItems(turn, key, (call, index) => index === at ? signed : call);
  });
}

/** The body with each unsigned call mapped. Those that are signed are shown to `onSigned`. */
function mapCalls(
  body: JsonObject,
  dialect: Dialect,
  map: (call: JsonObject) => JsonObject,
  onSigned: (call: JsonObject) => void = () => {},
): JsonObject {
  return mapTurns(body, dialect, (turn, { key, isCall }) =>
    mapEntryItems(turn, key, (call) => {
      if (!isObject(call) || !isCall(call)) return call;
      if (signatureOf(call) === null) return map(call);
      onSigned(call);
      return call;
    }));
}

interface Place {
  /** What a turn has its calls under. */
  readonly key: string;
  isCall(part: Json): boolean;
}

const CHAT: Place = { key: "tool_calls", isCall: isObject };
const GEMINI: Place = { key: "parts", isCall: (part) => callOf(part) !== null };

function mapTurns(
  body: JsonObject,
  dialect: Dialect,
  map: (turn: JsonObject, place: Place) => JsonObject,
): JsonObject {
  const isGemini = dialect === "gemini";
  return mapEntryItems(
    body,
    isGemini ? "contents" : "messages",
    (turn) => isObject(turn) ? map(turn, isGemini ? GEMINI : CHAT) : turn,
  );
}

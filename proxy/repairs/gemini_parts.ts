/**
 * The parts of Gemini's turns.
 *
 * @module
 */

import { get, isArray, isObject, type Json, type JsonObject } from "./json.ts";
import { isBlank } from "./messages.ts";

/** The call that a part is; `null` if it is none. */
export function callOf(part: Json): JsonObject | null {
  if (!isObject(part)) return null;
  const call = part.functionCall ?? part.function_call;
  return isObject(call) ? call : null;
}

/** The result that a part is; `null` if it is none. */
export function resultOf(part: Json): JsonObject | null {
  if (!isObject(part)) return null;
  const result = part.functionResponse ?? part.function_response;
  return isObject(result) ? result : null;
}

/** The parts of a turn. */
export function partsOf(turn: Json | undefined): readonly Json[] {
  const parts = isObject(turn) ? get(turn, "parts") : undefined;
  return isArray(parts) ? parts : [];
}

/** Whether that is the result of that call: ids count where both have one. */
export function answers(result: JsonObject, call: JsonObject): boolean {
  const { id: answered } = result;
  const { id: called } = call;
  const isSame = !isId(answered) || !isId(called) || answered === called;
  return isSame && result.name === call.name;
}

function isId(value: Json | undefined): boolean {
  return typeof value === "string" && value !== "";
}

/**
 * Whether a part says nothing. A blank text that has a signature is the thought of a model, which
 * it wants to have back.
 */
export function isBlankPart(part: Json): boolean {
  if (!isObject(part)) return false;
  const { text } = part;
  if (typeof text === "string" ? !isBlank(text) : text !== undefined && text !== null) return false;
  for (const key in part) if (key !== "text" && key !== "thought") return false;
  return true;
}

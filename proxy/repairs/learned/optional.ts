/**
 * What a request can do without, so that it may be left out.
 *
 * @module
 */

import type { Dialect } from "../../../workspace/endpoints.ts";
import { type BodyPath, pathText } from "./lesson.ts";

/** What a conversation is made of: without one of these, another request would be sent. */
const ESSENTIAL_AT_THE_TOP: ReadonlySet<string> = new Set([
  "model",
  "messages",
  "input",
  "contents",
  "system",
  "systemInstruction",
  "system_instruction",
  "instructions",
  "prompt",
  "tools",
  "functions",
  "stream",
  "conversation",
  "previous_response_id",
]);

const ESSENTIAL_BELOW: ReadonlySet<string> = new Set([
  "role",
  "content",
  "type",
  "text",
  "parts",
  "thinking",
  "tool_calls",
  "tool_call_id",
  "tool_use_id",
  "call_id",
  "function",
  "function_call",
  "functionCall",
  "function_response",
  "functionResponse",
  "name",
  "arguments",
  "input",
  "output",
  "args",
  "response",
  "source",
  "data",
  "image_url",
  "inlineData",
  "inline_data",
  "fileData",
  "file_data",
  "url",
  "description",
  "parameters",
  "input_schema",
  "functionDeclarations",
  "function_declarations",
]);

/** What only callers and tools may read or write. */
export const OPAQUE: ReadonlySet<string> = new Set([
  "arguments",
  "args",
  "input",
  "response",
  "output",
]);

/**
 * Whether a request can do without what stands at `path`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { isOptional } from "./optional.ts";
 *
 * assert.equal(isOptional(["stream_options"], "chat"), true);
 * assert.equal(isOptional(["messages", null, "content"], "chat"), false);
 * assert.equal(isOptional(["max_tokens"], "anthropic"), false);
 * ```
 */
export function isOptional(path: BodyPath, dialect: Dialect): boolean {
  const last = path.at(-1);
  if (last === undefined || last === null) return false;
  if (path.length === 1) {
    return !ESSENTIAL_AT_THE_TOP.has(last) && !(dialect === "anthropic" && last === "max_tokens");
  }
  // The `input` of a Responses request is its conversation; any deeper one is a tool's.
  if (path.some((step, at) => at > 0 && at < path.length - 1 && OPAQUE.has(step ?? ""))) {
    return false;
  }
  const text = pathText(path);
  if (text === "messages[].name") return true;
  // What a tool result is matched by, save where only the position matters.
  if (last === "id") {
    return text === "input[].id" ||
      /\.(functionCall|functionResponse|function_call|function_response)\.id$/.test(text);
  }
  return !ESSENTIAL_BELOW.has(last);
}

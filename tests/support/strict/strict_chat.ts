/**
 * Databricks' chat endpoints at their strictest, written from their error texts and not from the
 * repairs that they judge.
 *
 * @module
 */

import type { StrictModel } from "./models.ts";
import { samplingComplaints, thinkingComplaints } from "./strict_claude.ts";

// deno-lint-ignore no-explicit-any -- whatever a caller sends
type Anything = any;

/** What the endpoint says to a body; empty if it takes it. What is no message is not its matter. */
export function chatComplaints(
  body: Anything,
  { model, isStream }: { readonly model: StrictModel; readonly isStream: boolean },
): readonly string[] {
  const messages: Anything[] = Array.isArray(body.messages) ? body.messages : [];
  const said = [...parameters(body, model), ...tools(body, model), ...pairs(messages, model)];
  messages.forEach((message, index) => {
    if (typeof message !== "object" || message === null) return;
    said.push(...judge(message, model).map((text) => `messages.${index}: ${text}`));
  });
  if (model.family === "claude") {
    said.push(...samplingComplaints(body, model), ...thinkingComplaints(body, model));
  }
  const isFormatRefused = model.format === "never" || (model.format === "whole" && isStream);
  if (isFormatRefused && "response_format" in body) said.push("response_format: unsupported");
  return said;
}

function parameters(body: Anything, model: StrictModel): readonly string[] {
  const unknown = Object.keys(body).filter((key) => /[A-Z$]/.test(key));
  unknown.push("store", "strict", "reasoning");
  if (model.family !== "gpt") unknown.push("max_completion_tokens", "verbosity");
  if (model.family === "open" || model.family === "gemini") unknown.push("stream_options");
  const said = unknown.filter((key) => key in body).map((key) => `json: unknown field "${key}"`);
  const effort = body.reasoning_effort;
  if (effort !== undefined && typeof effort !== "string") {
    said.push("reasoning_effort must be a string");
  }
  if (model.refusedEfforts.includes(effort)) said.push(`reasoning_effort: ${effort} is refused`);
  if (model.family === "gpt" && effort !== undefined && body.tools?.length > 0) {
    said.push("reasoning_effort: not beside tools");
  }
  if (body.max_tokens > model.maxTokens) said.push("max_tokens cannot exceed the model's");
  return said;
}

function tools(body: Anything, model: StrictModel): readonly string[] {
  const list: Anything[] = Array.isArray(body.tools) ? body.tools : [];
  return list.flatMap((tool, index) => {
    if (typeof tool?.function !== "object" || model.family === "gpt") return [];
    const { strict, parameters } = tool.function;
    return [
      ...strict === undefined ? [] : [`tools.${index}.custom.strict: not permitted`],
      ...parameters?.type === undefined ? [`tools.${index}: no schema`] : [],
    ];
  });
}

/** Calls are followed by their results, and results follow their calls. */
function pairs(messages: readonly Anything[], model: StrictModel): readonly string[] {
  const said: string[] = [];
  let waiting = new Set<string>();
  for (const message of messages) {
    const id = message?.role === "tool" ? message.tool_call_id : null;
    if (typeof id === "string") {
      if (!waiting.delete(id)) said.push(`role 'tool' must be a response to a call: ${id}`);
      continue;
    }
    if (waiting.size > 0) said.push(`calls without results: ${[...waiting]}`);
    const calls: Anything[] = message?.role === "assistant" ? message.tool_calls ?? [] : [];
    if (calls.length > 1 && model.family === "open") {
      said.push("Multiple tool calls are not supported.");
    }
    waiting = new Set(calls.map((call) => call.id));
  }
  if (waiting.size > 0) said.push(`calls without results: ${[...waiting]}`);
  return said;
}

function judge(message: Anything, model: StrictModel): readonly string[] {
  const { role, content, name } = message;
  const parts: Anything[] = Array.isArray(content) ? content : [];
  const said: string[] = [];
  if (name !== undefined && role !== "user" && role !== "tool") said.push("name is unsupported");
  if (role === "tool" && parts.some((part) => part?.type === "image_url")) {
    said.push("a result is text");
  }
  if (model.family !== "claude") return said;
  for (const key of ["thinking_blocks", "reasoning_content"]) {
    if (key in message) said.push(`${key}: Extra inputs are not permitted`);
  }
  if (parts.some((part) => part?.type === "text" && part.text?.trim() === "")) {
    said.push("text content blocks must be non-empty");
  }
  if (Array.isArray(content) && parts.length === 0) said.push("content is empty");
  const isCalling = message.tool_calls?.length > 0;
  if (role === "assistant" && !isCalling && (content ?? null) === null) said.push("no content");
  const isSpace = isCalling && content === " ";
  if (typeof content === "string" && content.trim() === "" && role !== "tool" && !isSpace) {
    said.push("text content blocks must be non-empty");
  }
  return said;
}

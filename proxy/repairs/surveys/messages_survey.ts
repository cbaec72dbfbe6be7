/**
 * One look at all messages of chat or Anthropic, so that repairs with nothing to do know it
 * without a look of their own.
 *
 * @module
 */

import { get, isArray, isObject, type Json, type JsonObject } from "../json.ts";
import { isBlank } from "../messages.ts";
import { isForeign } from "../names/tool_names.ts";
import { remembering } from "./remembering.ts";

/** What some message has. */
export interface MessagesSurvey {
  /** Text without anything in it, outside of what an assistant says as a whole. */
  hasBlankText: boolean;
  /** An assistant that says nothing. */
  hasSilence: boolean;
  /** A `name`. */
  hasNames: boolean;
  /** Reasoning in the fields of others. */
  hasReasoning: boolean;
  /** A result of a tool with an image in it. */
  hasToolImages: boolean;
  /** A `cache_control` with a scope. */
  hasScopes: boolean;
  /** The name of a tool that endpoints refuse. */
  hasForeignNames: boolean;
}

const look = remembering((messages): Readonly<MessagesSurvey> => {
  const survey: MessagesSurvey = {
    hasBlankText: false,
    hasSilence: false,
    hasNames: false,
    hasReasoning: false,
    hasToolImages: false,
    hasScopes: false,
    hasForeignNames: false,
  };
  for (const message of messages) {
    if (isObject(message)) lookAtMessage(message, survey);
  }
  return survey;
});

const NOTHING: Readonly<MessagesSurvey> = look([]);

/** What the messages of a body have; nothing if it has no list of them. */
export function surveyMessages(body: JsonObject): Readonly<MessagesSurvey> {
  const messages = get(body, "messages");
  return isArray(messages) ? look(messages) : NOTHING;
}

// No object inherits anything by these names, and asking for them as they stand is many times
// faster than by `get`.
function lookAtMessage(message: JsonObject, survey: MessagesSurvey): void {
  const { role, content } = message;
  if (message.name !== undefined) survey.hasNames = true;
  if (message.reasoning_content !== undefined || message.thinking_blocks !== undefined) {
    survey.hasReasoning = true;
  }
  lookAtNames(message, survey);
  if (typeof content === "string") {
    if (isBlank(content)) survey[role === "assistant" ? "hasSilence" : "hasBlankText"] = true;
  } else if (isArray(content)) {
    if (content.length === 0) survey.hasBlankText = survey.hasSilence = true;
    for (const part of content) lookAtPart(part, survey, role);
  } else if (role === "assistant") {
    survey.hasSilence = true;
  }
}

function lookAtNames(message: JsonObject, survey: MessagesSurvey): void {
  const { role, function_call: single, tool_calls: calls } = message;
  if (role === "tool" || role === "function") survey.hasForeignNames ||= isForeign(message.name);
  if (isObject(single)) survey.hasForeignNames ||= isForeign(single.name);
  if (!isArray(calls)) return;
  for (const call of calls) {
    const called = isObject(call) ? call.function : null;
    if (isObject(called)) survey.hasForeignNames ||= isForeign(called.name);
  }
}

function lookAtPart(part: Json, survey: MessagesSurvey, role: Json | undefined): void {
  if (!isObject(part)) return;
  lookAtLeaf(part, survey);
  if (part.type === "tool_use") survey.hasForeignNames ||= isForeign(part.name);
  if (part.type === "image_url" && role === "tool") survey.hasToolImages = true;
  if (part.type !== "tool_result" || !isArray(part.content)) return;
  for (const inner of part.content) {
    if (!isObject(inner)) continue;
    lookAtLeaf(inner, survey);
    survey.hasForeignNames ||= isForeign(inner.tool_name);
  }
}

function lookAtLeaf(part: JsonObject, survey: MessagesSurvey): void {
  const { type, text, cache_control: control } = part;
  if (type === "text" && typeof text === "string" && isBlank(text)) survey.hasBlankText = true;
  if (isObject(control) && control.scope !== undefined) survey.hasScopes = true;
}

/**
 * One look at all tools that a request brings, as `messages_survey.ts` has for messages.
 *
 * @module
 */

import { get, isArray, isObject, type Json, type JsonObject } from "../json.ts";
import { isForeign } from "../names/tool_names.ts";
import { remembering } from "./remembering.ts";

/** What some tool has. */
export interface ToolsSurvey {
  /** A name that endpoints refuse. */
  hasForeignNames: boolean;
  /** `strict`. */
  hasStrict: boolean;
  /** An option of how it is loaded or streamed. */
  hasOptions: boolean;
  /** A type other than `function`: what that type's maker runs or knows. */
  hasTypes: boolean;
  /** A `cache_control` with a scope. */
  hasScopes: boolean;
  /** A function without parameters, or with none in them. */
  hasBare: boolean;
}

const look = remembering((tools): Readonly<ToolsSurvey> => {
  const survey: ToolsSurvey = {
    hasForeignNames: false,
    hasStrict: false,
    hasOptions: false,
    hasTypes: false,
    hasScopes: false,
    hasBare: false,
  };
  for (const tool of tools) if (isObject(tool)) lookAtTool(tool, survey);
  return survey;
});

const NOTHING: Readonly<ToolsSurvey> = look([]);

/** What the tools of a body have, or those under a key of the past; nothing if there is no list. */
export function surveyTools(body: JsonObject, key = "tools"): Readonly<ToolsSurvey> {
  const tools = get(body, key);
  return isArray(tools) ? look(tools) : NOTHING;
}

function lookAtTool(tool: JsonObject, survey: ToolsSurvey): void {
  const { type, function: fn, cache_control: control } = tool;
  if (type !== undefined && type !== "function") survey.hasTypes = true;
  if (tool.eager_input_streaming !== undefined || tool.defer_loading !== undefined) {
    survey.hasOptions = true;
  }
  if (isObject(control) && control.scope !== undefined) survey.hasScopes = true;
  lookAtDefinition(tool, survey);
  if (isObject(fn)) {
    lookAtDefinition(fn, survey);
    survey.hasBare ||= isBare(fn.parameters);
  } else {
    // Codex groups tools in namespaces, Gemini all in one.
    lookAtGroup(tool.tools, survey);
    lookAtGroup(tool.functionDeclarations, survey);
    lookAtGroup(tool.function_declarations, survey);
  }
}

function lookAtGroup(group: Json | undefined, survey: ToolsSurvey): void {
  if (!isArray(group)) return;
  for (const tool of group) if (isObject(tool)) lookAtDefinition(tool, survey);
}

function lookAtDefinition(definition: JsonObject, survey: ToolsSurvey): void {
  if (isForeign(definition.name)) survey.hasForeignNames = true;
  if (definition.strict !== undefined) survey.hasStrict = true;
}

/** Whether parameters say nothing at all. */
export function isBare(parameters: Json | undefined): boolean {
  if (parameters === undefined || parameters === null) return true;
  if (!isObject(parameters)) return false;
  for (const _ in parameters) return false;
  return true;
}

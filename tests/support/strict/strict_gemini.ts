/**
 * Gemini's own route at its strictest: what it says to a request, written from the error texts
 * that people have met.
 *
 * @module
 */

import type { JsonObject } from "../../../proxy/repairs/json.ts";
import { geminiComplaints } from "./strict_gemini_schema.ts";

const FIELDS = new Set(
  ("contents systemInstruction tools toolConfig generationConfig safetySettings cachedContent " +
    "labels").split(" "),
);
const NAME = /^[a-zA-Z0-9_-]{1,64}$/;

// deno-lint-ignore no-explicit-any
type Any = any;

/** What would be said; empty if the request is taken. `signed`: as from Gemini 3 on. */
export function geminiRequestComplaints(
  body: JsonObject,
  { signed }: { readonly signed: boolean },
): readonly string[] {
  const said: string[] = [];
  for (const key of Object.keys(body)) {
    if (!FIELDS.has(key)) said.push(`Unknown name "${key}": Cannot find field.`);
  }
  const { contents, systemInstruction, tools, toolConfig, generationConfig } = body as Any;
  if ("stream_options" in (generationConfig ?? {})) {
    said.push("Unknown name \"stream_options\" at 'generation_config': Cannot find field.");
  }
  const allowed = toolConfig?.functionCallingConfig?.allowedFunctionNames ?? [];
  for (const tool of (tools ?? []).flatMap((tool: Any) => tool.functionDeclarations ?? [])) {
    judgeName(tool.name, said);
    if (tool.parameters !== undefined) said.push(...geminiComplaints(tool.parameters, "full"));
  }
  for (const name of allowed) judgeName(name, said);
  const turns = contents ?? [];
  if (turns.length === 0) said.push("contents is not specified");
  for (
    const [at, turn] of [...turns, ...(systemInstruction ? [systemInstruction] : [])].entries()
  ) {
    const parts = turn.parts ?? [];
    if (parts.length === 0) said.push(`contents[${at}].parts: contents.parts must not be empty`);
    for (const part of parts) judgePart(part, said);
    const first = parts.find((part: Any) => part.functionCall);
    if (signed && first && !first.thoughtSignature) {
      said.push("Function call is missing a thought_signature in functionCall parts");
    }
  }
  judgePairs(turns, said);
  return said;
}

function judgeName(name: unknown, said: string[]): void {
  if (typeof name !== "string" || !NAME.test(name)) said.push(`Invalid function name ${name}`);
}

function judgePart(part: Any, said: string[]): void {
  const { text, functionCall, functionResponse, inlineData, thoughtSignature } = part;
  if (functionCall) judgeName(functionCall.name, said);
  if (functionResponse) judgeName(functionResponse.name, said);
  if (functionCall || functionResponse || inlineData) return;
  if (text === undefined) said.push("required oneof field 'data' must have one initialized field");
  else if (text.trim() === "" && !thoughtSignature) said.push("it has an empty text parameter");
}

function judgePairs(turns: readonly Any[], said: string[]): void {
  const namesIn = (turn: Any, key: string): string[] =>
    (turn?.parts ?? []).flatMap((part: Any) => part[key] ? [part[key].name] : []).toSorted();
  let calls: string[] = [];
  for (const [at, turn] of turns.entries()) {
    if (turn.role === "model") {
      calls.push(...namesIn(turn, "functionCall"));
      if (turns[at + 1]?.role === "model") continue;
    }
    const isBehind = turn.role === "model";
    const results = namesIn(isBehind ? turns[at + 1] : turn, "functionResponse");
    if (isBehind && results.join() !== calls.toSorted().join()) {
      said.push("the number of function response parts must equal that of function call parts");
    }
    if (!isBehind && turns[at - 1]?.role !== "model" && results.length > 0) {
      said.push("function response turn comes immediately after a function call turn");
    }
    if (isBehind) calls = [];
  }
}

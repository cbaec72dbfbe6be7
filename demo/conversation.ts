/**
 * Inference request of any dialect → who has said what so far, and which tools the model may call.
 *
 * @module
 */

/** One thing that was said, or that came out of a tool. */
export interface Turn {
  /** `tool`: it is what a tool gave back. */
  readonly from: "user" | "model" | "tool";
  /** Its text; a value that is none is JSON. */
  readonly text: string;
}

/** A tool of the caller's. */
export interface OfferedTool {
  /** By which the model calls it. */
  readonly name: string;
  /** The JSON schema of its arguments, `{}` if it has none. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** What a scripted model looks at. */
export interface Conversation {
  /** Oldest first; texts with no words in them are left out. */
  readonly turns: readonly Turn[];
  /** In the order of the request. */
  readonly tools: readonly OfferedTool[];
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a decoded body of the chat, Responses, Anthropic or Gemini dialect.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readConversation } from "./conversation.ts";
 *
 * const { turns, tools } = readConversation({
 *   messages: [
 *     { role: "user", content: "list it" },
 *     { role: "tool", content: "a.txt" },
 *   ],
 *   tools: [{ type: "function", function: { name: "ls", parameters: { type: "object" } } }],
 * });
 * assert.deepEqual(turns, [{ from: "user", text: "list it" }, { from: "tool", text: "a.txt" }]);
 * assert.deepEqual(tools, [{ name: "ls", parameters: { type: "object" } }]);
 * ```
 */
export function readConversation(body: unknown): Conversation {
  const fields = asRecord(body);
  const said = fields.messages ?? fields.contents ?? fields.input;
  const turns = typeof said === "string"
    ? [{ from: "user", text: said } as const]
    : asList(said).map(asRecord).flatMap(turnsOf);
  return {
    turns: turns.filter(({ text }) => text.trim() !== ""),
    tools: asList(fields.tools).map(asRecord).flatMap(toolsOf),
  };
}

function turnsOf(item: Fields): readonly Turn[] {
  // Responses has results as items of their own, chat as messages of a role of its own.
  if (item.type === "function_call_output") return [{ from: "tool", text: textOf(item.output) }];
  if (item.role === "tool") return [{ from: "tool", text: textOf(item.content) }];
  const from = item.role === "user" || item.role === undefined ? "user" : "model";
  const content = item.content ?? item.parts;
  if (typeof content === "string") return [{ from, text: content }];
  return asList(content).map(asRecord).map((part) => {
    // Anthropic and Gemini have results as parts of the user's message.
    if (part.type === "tool_result") return { from: "tool", text: textOf(part.content) };
    const { response } = asRecord(part.functionResponse);
    if (response !== undefined) return { from: "tool", text: textOf(response) };
    return { from, text: typeof part.text === "string" ? part.text : "" };
  });
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(textOf).join("\n");
  const { text, output } = asRecord(value);
  if (typeof text === "string") return text;
  return typeof output === "string" ? output : JSON.stringify(value) ?? "";
}

function toolsOf(item: Fields): readonly OfferedTool[] {
  const nested = [...asList(item.functionDeclarations), ...asList(item.tools)];
  if (nested.length > 0) return nested.map(asRecord).flatMap(toolsOf);
  const tool = item.function === undefined ? item : asRecord(item.function);
  const { name, parameters, parametersJsonSchema, input_schema: schema } = tool;
  if (typeof name !== "string") return [];
  return [{ name, parameters: asRecord(parameters ?? parametersJsonSchema ?? schema) }];
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function asRecord(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}

/**
 * Conversations of the shape and size that agents send: many turns with tools, text with line
 * breaks and quotes, long tool results.
 *
 * @module
 */

import type { Dialect } from "../../workspace/endpoints.ts";

/** One conversation as a request body. */
export interface Conversation {
  readonly dialect: Dialect;
  readonly path: string;
  readonly body: Record<string, unknown>;
}

/** Whether endpoints take it, or it has in it what they refuse. */
export type Health = "sound" | "broken";

const PATHS: Readonly<Record<Dialect, string>> = {
  chat: "/v1/chat/completions",
  responses: "/v1/responses",
  anthropic: "/v1/messages",
  gemini: "/gemini/v1beta/models/databricks-gemini-3-pro:streamGenerateContent",
};

/** Dialects that have a conversation. */
export const DIALECTS = Object.keys(PATHS) as readonly Dialect[];

const SCHEMA = {
  type: "object",
  properties: {
    file_path: { type: "string", description: 'The absolute path, not "relative"' },
    pattern: { type: "string", description: "A regular expression" },
    limit: { type: "integer", description: "How many lines to read" },
    replace_all: { type: "boolean" },
  },
  required: ["file_path"],
};
const TOOL_NAMES = ["Read", "Edit", "Bash", "Grep", "Glob", "Write", "Task", "Fetch"];
const THOUGHT = "Let me look at that file first, since the error says where it comes from.";
const LINE = '  12 | const answer = await fetch("http://127.0.0.1:4000");\t// "quoted"\n';

/** A conversation of about `bytes` bytes of JSON. */
export function conversation(
  dialect: Dialect,
  { bytes, health }: { readonly bytes: number; readonly health: Health },
): Conversation {
  const resultLines = bytes > 100_000 ? 60 : 12;
  const turns = Math.max(2, Math.round(bytes / (resultLines * (LINE.length + 6) + 420)));
  const body = BODIES[dialect](turns, { result: LINE.repeat(resultLines), health });
  return { dialect, path: PATHS[dialect], body };
}

type MakeBody = (
  turns: number,
  options: { readonly result: string; readonly health: Health },
) => Record<string, unknown>;

const BODIES: Readonly<Record<Dialect, MakeBody>> = {
  chat: (turns, { result, health }) => ({
    model: "databricks-claude-opus-4-8",
    stream: true,
    "stream_options": { "include_usage": true },
    tools: TOOL_NAMES.map((name) => ({
      type: "function",
      function: { name, description: THOUGHT, parameters: SCHEMA },
    })),
    messages: [
      { role: "system", content: THOUGHT.repeat(20) },
      ...range(turns).flatMap((turn) => [
        { role: "user", content: `${turn}. ${THOUGHT}` },
        {
          role: "assistant",
          content: isBad(turn, health) ? "" : THOUGHT,
          "tool_calls": [{
            id: `toolu_bdrk_${turn}`,
            type: "function",
            function: { name: "Read", arguments: `{"file_path":"/src/${turn}.ts"}` },
          }],
        },
        { role: "tool", "tool_call_id": `toolu_bdrk_${turn}`, content: result },
      ]),
    ],
    ...(health === "broken" ? { store: true } : {}),
  }),
  anthropic: (turns, { result, health }) => ({
    model: "databricks-claude-opus-4-8",
    stream: true,
    "max_tokens": 32_000,
    system: [{ type: "text", text: THOUGHT.repeat(20) }],
    tools: TOOL_NAMES.map((name) => ({ name, description: THOUGHT, input_schema: SCHEMA })),
    messages: range(turns).flatMap((turn) => [
      { role: "user", content: [{ type: "text", text: `${turn}. ${THOUGHT}` }] },
      {
        role: "assistant",
        content: [
          { type: "text", text: isBad(turn, health) ? " \n" : THOUGHT },
          { type: "tool_use", id: `toolu_${turn}`, name: "Read", input: { file_path: "/a.ts" } },
        ],
      },
      {
        role: "user",
        content: [{ type: "tool_result", "tool_use_id": `toolu_${turn}`, content: result }],
      },
    ]),
    ...(health === "broken" ? { temperature: 1 } : {}),
  }),
  responses: (turns, { result, health }) => ({
    model: "databricks-gpt-5-5",
    stream: true,
    store: false,
    instructions: THOUGHT.repeat(20),
    tools: TOOL_NAMES.map((name) => ({
      type: "function",
      name,
      description: THOUGHT,
      parameters: SCHEMA,
    })),
    input: range(turns).flatMap((turn) => [
      { type: "message", role: "user", content: [{ type: "input_text", text: THOUGHT }] },
      {
        type: "function_call",
        ...(isBad(turn, health) ? { id: "fc_".padEnd(190, "x") } : {}),
        "call_id": `call_${turn}`,
        name: "Read",
        arguments: `{"file_path":"/src/${turn}.ts"}`,
      },
      { type: "function_call_output", "call_id": `call_${turn}`, output: result },
    ]),
  }),
  gemini: (turns, { result, health }) => ({
    systemInstruction: { parts: [{ text: THOUGHT.repeat(20) }] },
    tools: [{
      functionDeclarations: TOOL_NAMES.map((name) => ({
        name,
        description: THOUGHT,
        parameters: health === "broken" ? { ...SCHEMA, additionalProperties: false } : SCHEMA,
      })),
    }],
    contents: range(turns).flatMap((turn) => [
      { role: "user", parts: [{ text: `${turn}. ${THOUGHT}` }] },
      {
        role: "model",
        parts: [{
          functionCall: { name: "Read", args: { file_path: `/src/${turn}.ts` } },
          thoughtSignature: "c2ln",
        }],
      },
      { role: "user", parts: [{ functionResponse: { name: "Read", response: { result } } }] },
    ]),
  }),
};

/** One turn in ten has something that is refused. */
function isBad(turn: number, health: Health): boolean {
  return health === "broken" && turn % 10 === 1;
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}

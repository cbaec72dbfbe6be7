import assert from "node:assert/strict";
import { readConversation } from "./conversation.ts";
import type { Script } from "./script.ts";
import { startWorkspace, type Workspace } from "./workspace.ts";

const CALL = { name: "sh", arguments: { command: "echo hi" } };
const ARGUMENTS = JSON.stringify(CALL.arguments);
const MODELS = "/gemini/v1beta/models/m";

/** Calls the tool, then says what came out of it, once the user asks for it. */
const SCRIPT: Script = ({ turns, tools }) => {
  const asked = turns.findLastIndex(({ from, text }) => from === "user" && text === "run it");
  if (asked === -1 || tools.every(({ name }) => name !== CALL.name)) return null;
  const result = turns.slice(asked).find(({ from }) => from === "tool");
  return result === undefined
    ? { kind: "call", call: CALL }
    : { kind: "text", text: `It said ${result.text}` };
};

async function ask(workspace: Workspace, path: string, body: unknown): Promise<string> {
  const response = await fetch(workspace.origin + path, {
    method: "POST",
    headers: { authorization: `Bearer ${workspace.issue({ lifetimeMs: null }).value}` },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return text;
}

interface Dialect {
  readonly path: string;
  readonly streamPath?: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** The call in a whole answer. */
  readonly call: (answer: Value) => Value;
  /** `body`, with the call and what came of it. */
  readonly next: Readonly<Record<string, unknown>>;
}

// deno-lint-ignore no-explicit-any
type Value = any;

const USER = { role: "user", content: "run it" };
const SCHEMA = { type: "object" };

const DIALECTS: Readonly<Record<string, Dialect>> = {
  chat: {
    path: "/serving-endpoints/chat/completions",
    body: {
      model: "m",
      messages: [USER],
      tools: [{ type: "function", function: { name: "sh", parameters: SCHEMA } }],
    },
    call: ({ choices: [{ message, finish_reason: reason }] }) => {
      assert.equal(reason, "tool_calls");
      const [{ type, function: { name, arguments: text } }] = message.tool_calls;
      assert.equal(type, "function");
      return { name, arguments: JSON.parse(text) };
    },
    next: {
      messages: [
        USER,
        { role: "assistant", content: "", "tool_calls": [] },
        { role: "tool", content: [{ type: "text", text: "hi" }] },
      ],
    },
  },
  responses: {
    path: "/openai/v1/responses",
    body: {
      model: "m",
      input: [{ type: "message", ...USER }],
      tools: [{ type: "namespace", name: "n", tools: [{ type: "function", name: "sh" }] }],
    },
    call: ({ output: [{ type, name, arguments: text }] }) => {
      assert.equal(type, "function_call");
      return { name, arguments: JSON.parse(text) };
    },
    next: {
      input: [
        { type: "message", ...USER },
        { type: "function_call", name: "sh", arguments: ARGUMENTS },
        { type: "function_call_output", output: "hi" },
      ],
    },
  },
  anthropic: {
    path: "/anthropic/v1/messages",
    body: { model: "m", messages: [USER], tools: [{ name: "sh", "input_schema": SCHEMA }] },
    call: ({ content: [{ type, name, input }], stop_reason: reason }) => {
      assert.deepEqual([type, reason], ["tool_use", "tool_use"]);
      return { name, arguments: input };
    },
    next: {
      messages: [
        USER,
        { role: "assistant", content: [{ type: "tool_use", name: "sh", input: {} }] },
        {
          role: "user",
          content: [{ type: "tool_result", content: [{ type: "text", text: "hi" }] }],
        },
      ],
    },
  },
  gemini: {
    path: `${MODELS}:generateContent`,
    streamPath: `${MODELS}:streamGenerateContent?alt=sse`,
    body: {
      contents: [{ role: "user", parts: [{ text: "run it" }] }],
      tools: [{ functionDeclarations: [{ name: "sh", parametersJsonSchema: SCHEMA }] }],
    },
    call: ({ candidates: [{ content: { parts: [{ functionCall: { name, args } }] } }] }) => ({
      name,
      arguments: args,
    }),
    next: {
      contents: [
        { role: "user", parts: [{ text: "run it" }] },
        { role: "model", parts: [{ functionCall: { name: "sh", args: {} } }] },
        { role: "user", parts: [{ functionResponse: { response: { output: "hi" } } }] },
      ],
    },
  },
};

for (const [name, { path, streamPath = path, body, call, next }] of Object.entries(DIALECTS)) {
  Deno.test(`a scripted model calls a tool and answers its result: ${name}`, async () => {
    await using workspace = startWorkspace({ script: SCRIPT });
    assert.deepEqual(call(JSON.parse(await ask(workspace, path, body))), CALL);
    const stream = await ask(workspace, streamPath, { ...body, stream: true });
    const events = stream.split("\n").filter((line) => /^data: \{/.test(line));
    const seen = events.map((line) => JSON.parse(line.slice("data: ".length)));
    assert.deepEqual(callIn(seen), CALL);
    const said = await ask(workspace, path, { ...body, ...next });
    assert.match(said, /It said hi/);
    const other = await ask(workspace, path, { ...body, tools: [] });
    assert.match(other, /Hello from m/, "where the script is silent, the model greets");
  });
}

/** The call of a stream, put together from its pieces as a client does. */
function callIn(events: readonly Value[]): Value {
  let name = "";
  let text = "";
  for (const event of events) {
    const called = event.choices?.[0]?.delta?.tool_calls?.[0]?.function ??
      (event.type === "response.output_item.added" ? { name: event.item.name } : null) ??
      (event.type === "content_block_start" ? event.content_block : null) ??
      (event.type === "response.function_call_arguments.delta"
        ? { arguments: event.delta }
        : null) ??
      (event.delta?.partial_json === undefined ? null : { arguments: event.delta.partial_json });
    const whole = event.candidates?.[0]?.content?.parts?.[0]?.functionCall;
    if (whole !== undefined) return { name: whole.name, arguments: whole.args };
    name += called?.name ?? "";
    text += called?.arguments ?? "";
  }
  return { name, arguments: JSON.parse(text) };
}

Deno.test("what was said is read in order, and texts without words are left out", () => {
  const { turns } = readConversation({
    messages: [
      { role: "system", content: "be brief" },
      { role: "user", content: [{ type: "text", text: "one" }, { type: "image" }] },
      { role: "assistant", content: " " },
      { role: "user", content: [{ type: "tool_result", content: "two" }, { text: "three" }] },
    ],
  });
  assert.deepEqual(turns.map(({ from, text }) => `${from}: ${text}`), [
    "model: be brief",
    "user: one",
    "tool: two",
    "user: three",
  ]);
  assert.deepEqual(readConversation(null), { turns: [], tools: [] });
});

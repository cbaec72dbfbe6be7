/**
 * What model endpoints of a workspace answer that no SDK can read, per dialect: the same words each
 * time, so that every SDK has to understand the same.
 *
 * @module
 */

/** A way to ask. */
export type Wire = "chat" | "responses" | "anthropic" | "gemini";

/** An answer whole and as the data of events. */
export interface Quirk {
  readonly name: string;
  readonly wire: Wire;
  /** What an answer that is not streamed says; `null`: this is of streams alone. */
  readonly whole: unknown;
  /** The data of each event, `[DONE]` included; the separator is added. */
  readonly events: readonly string[];
  /** What the SDK has to make of it. */
  readonly expected: {
    readonly text: string | null;
    readonly calls: readonly { readonly name: string; readonly args: unknown }[];
    readonly input: number;
  };
}

const HEAD = { id: "c1", object: "chat.completion.chunk", created: 1, model: "m" };
const USAGE = { "prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18 };
const NO_USAGE = { "prompt_tokens": null, "completion_tokens": null, "total_tokens": null };
const LS = { name: "shell", args: { command: "ls" } };

function chunk(delta: unknown, rest: Record<string, unknown> = {}): string {
  const { finish = null, ...more } = rest;
  return JSON.stringify({
    ...HEAD,
    choices: [{ index: 0, delta, finish_reason: finish }],
    ...more,
  });
}

function whole(message: unknown, finish: string): unknown {
  const choices = [{ index: 0, message, finish_reason: finish }];
  return { ...HEAD, object: "chat.completion", choices, usage: USAGE };
}

function call(id: string, name: string, args: string): unknown {
  return { id, type: "function", function: { name, arguments: args } };
}

const LAST_USAGE = JSON.stringify({ ...HEAD, choices: [], usage: USAGE });

/** All of them. */
export const QUIRKS: readonly Quirk[] = [
  {
    name: "content is a list of reasoning and text",
    wire: "chat",
    whole: whole({
      role: "assistant",
      content: [
        { type: "reasoning", summary: [{ type: "summary_text", text: "Hm.", signature: "s" }] },
        { type: "text", text: "Some files: ✓ café 😀" },
      ],
    }, "stop"),
    events: [
      chunk({ role: "assistant", content: [{ type: "text", text: "Some files: " }] }),
      chunk({ content: [{ type: "text", text: "✓ café 😀" }] }),
      chunk({}, { finish: "stop" }),
      LAST_USAGE,
      "[DONE]",
    ],
    expected: { text: "Some files: ✓ café 😀", calls: [], input: 11 },
  },
  {
    name: "arguments begin with {}, the finish says stop, and interim usage is null",
    wire: "chat",
    whole: whole({
      role: "assistant",
      content: null,
      tool_calls: [call("t1", "shell", '{"command":"ls"}')],
    }, "stop"),
    events: [
      chunk({ role: "assistant", content: null }, { usage: NO_USAGE }),
      chunk({ tool_calls: [{ index: 0, ...call("t1", "shell", "{}") as object }] }, {
        usage: NO_USAGE,
      }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: '{"comm' } }] }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: 'and":"ls"}' } }] }),
      chunk({}, { finish: "stop" }),
      LAST_USAGE,
      "[DONE]",
    ],
    expected: { text: null, calls: [LS], input: 11 },
  },
  {
    name: "a call without arguments ends with none",
    wire: "chat",
    whole: whole(
      { role: "assistant", content: null, tool_calls: [call("t1", "shell", "")] },
      "tool_calls",
    ),
    events: [
      chunk({
        role: "assistant",
        content: null,
        tool_calls: [{ index: 0, ...call("t1", "shell", "") as object }],
      }),
      chunk({}, { finish: "tool_calls" }),
      LAST_USAGE,
      "[DONE]",
    ],
    expected: { text: null, calls: [{ name: "shell", args: {} }], input: 11 },
  },
  {
    name: "a databricks-tool-call stands for another, in parallel with a plain one",
    wire: "chat",
    whole: whole({
      role: "assistant",
      content: null,
      tool_calls: [
        call("t1", "databricks-tool-call", '{"name":"shell","command":"ls"}'),
        call("t2", "shell", '{"command":"ls"}'),
      ],
    }, "stop"),
    events: [
      chunk({
        role: "assistant",
        content: null,
        tool_calls: [{ index: 0, ...call("t1", "databricks-tool-call", "") as object }],
      }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: '{"name":"shell",' } }] }),
      chunk({ tool_calls: [{ index: 1, ...call("t2", "shell", '{"command"') as object }] }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: '"command":"ls"}' } }] }),
      chunk({ tool_calls: [{ index: 1, function: { arguments: ':"ls"}' } }] }),
      chunk({}, { finish: "stop" }),
      LAST_USAGE,
      "[DONE]",
    ],
    expected: { text: null, calls: [LS, LS], input: 11 },
  },
  {
    name: "deltas and lists of calls are null",
    wire: "chat",
    whole: whole({ role: "assistant", content: "Files.", tool_calls: null }, "stop"),
    events: [
      chunk({ role: "assistant", content: "Fi", tool_calls: null }),
      chunk(null),
      chunk({ content: "les." }),
      chunk({}, { finish: "stop" }),
      LAST_USAGE,
      "[DONE]",
    ],
    expected: { text: "Files.", calls: [], input: 11 },
  },
  {
    name: "Messages in an unusual framing",
    wire: "anthropic",
    whole: {
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "m",
      content: [{ type: "text", text: "Files." }, {
        type: "tool_use",
        id: "toolu_bdrk_1",
        name: "shell",
        input: LS.args,
      }],
      stop_reason: "tool_use",
      stop_sequence: null,
      usage: { input_tokens: 11, output_tokens: 7 },
    },
    events: [
      {
        type: "message_start",
        message: {
          id: "msg_1",
          type: "message",
          role: "assistant",
          model: "m",
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { input_tokens: 11, output_tokens: 1 },
        },
      },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Files." } },
      { type: "content_block_stop", index: 0 },
      {
        type: "content_block_start",
        index: 1,
        content_block: { type: "tool_use", id: "toolu_bdrk_1", name: "shell", input: {} },
      },
      {
        type: "content_block_delta",
        index: 1,
        delta: { type: "input_json_delta", partial_json: '{"command":"ls"}' },
      },
      { type: "content_block_stop", index: 1 },
      {
        type: "message_delta",
        delta: { stop_reason: "tool_use", stop_sequence: null },
        usage: { output_tokens: 7 },
      },
      { type: "message_stop" },
    ].map((event) => JSON.stringify(event)),
    expected: { text: "Files.", calls: [LS], input: 11 },
  },
  {
    name: "Responses as they come",
    wire: "responses",
    whole: response("completed"),
    events: [
      {
        type: "response.created",
        sequence_number: 0,
        response: { ...response("in_progress"), output: [] },
      },
      {
        type: "response.output_item.added",
        sequence_number: 1,
        output_index: 0,
        item: { ...callItem(), arguments: "", status: "in_progress" },
      },
      {
        type: "response.function_call_arguments.delta",
        sequence_number: 2,
        item_id: "fc_1",
        output_index: 0,
        delta: '{"command":"ls"}',
      },
      {
        type: "response.function_call_arguments.done",
        sequence_number: 3,
        item_id: "fc_1",
        output_index: 0,
        name: "shell",
        arguments: '{"command":"ls"}',
      },
      { type: "response.output_item.done", sequence_number: 4, output_index: 0, item: callItem() },
      { type: "response.completed", sequence_number: 5, response: response("completed") },
    ].map((event) => JSON.stringify(event)),
    expected: { text: "", calls: [LS], input: 11 },
  },
  {
    name: "Gemini with a signed call",
    wire: "gemini",
    whole: gemini([{ text: "Files." }, {
      functionCall: { name: "shell", args: LS.args },
      thoughtSignature: "c2ln",
    }]),
    events: [
      gemini([{ text: "Files." }], null),
      gemini([{ functionCall: { name: "shell", args: LS.args }, thoughtSignature: "c2ln" }]),
    ].map((event) => JSON.stringify(event)),
    expected: { text: "Files.", calls: [LS], input: 11 },
  },
];

function callItem(): Record<string, unknown> {
  return {
    type: "function_call",
    id: "fc_1",
    call_id: "call_1",
    name: "shell",
    arguments: '{"command":"ls"}',
    status: "completed",
  };
}

function response(status: string): Record<string, unknown> {
  return {
    id: "resp_1",
    object: "response",
    created_at: 1,
    model: "m",
    status,
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
    parallel_tool_calls: true,
    tool_choice: "auto",
    tools: [],
    output: [callItem()],
    usage: {
      input_tokens: 11,
      output_tokens: 7,
      total_tokens: 18,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens_details: { reasoning_tokens: 0 },
    },
  };
}

function gemini(parts: readonly unknown[], finish: string | null = "STOP"): unknown {
  return {
    candidates: [{
      index: 0,
      content: { role: "model", parts },
      ...(finish === null ? {} : { finishReason: finish }),
    }],
    usageMetadata: { promptTokenCount: 11, candidatesTokenCount: 7, totalTokenCount: 18 },
    modelVersion: "m",
  };
}

/**
 * What the tests of the system before this one (TestExtractToolIds, TestExtractToolRefs,
 * TestSanitizeMessages, TestStripUnsupportedOpenAIParams, TestGptReasoningKeyStripping and others
 * of tests/test_content_filter_proxy.py) asked of messages and parameters, each by its name, with
 * what it asserts here. Those that this design answers differently are listed in ARCHITECTURE.md.
 */

import assert from "node:assert/strict";
import { get, isArray, type Json, type JsonObject } from "../proxy/repairs/json.ts";
import { mendAll, subjectOf } from "./support/repair_check.ts";

const CLAUDE = subjectOf("databricks-claude-sonnet-4-5");
const ANTHROPIC = subjectOf("databricks-claude-sonnet-4-5", { dialect: "anthropic" });
const GPT = subjectOf("databricks-gpt-5-5");
const NO_RESULT = "No result was recorded for this call";
const ask = { role: "user", content: "go on" };

function messagesOf(messages: Json, subject = CLAUDE): readonly JsonObject[] {
  const mended = get(mendAll({ messages }, subject), "messages");
  assert(isArray(mended));
  return mended as readonly JsonObject[];
}

function use(id: string): JsonObject {
  return { type: "tool_use", id, name: "bash", input: {} };
}

function result(id: string, content = "ok"): JsonObject {
  return { type: "tool_result", "tool_use_id": id, content };
}

function calling(...ids: readonly string[]): JsonObject {
  const calls = ids.map((id) => ({ id, type: "function", function: { name: "bash" } }));
  return { role: "assistant", content: null, "tool_calls": calls };
}

function tool(id: string, content = "ok"): JsonObject {
  return { role: "tool", "tool_call_id": id, content };
}

Deno.test("founding: test_anthropic_format: each tool_use is a call that waits for its result", () => {
  const content = [use("tu_1"), { type: "text", text: "running..." }, use("tu_2")];
  const [, answer] = messagesOf([{ role: "assistant", content }], ANTHROPIC);
  const ids = (answer?.content as readonly JsonObject[]).map((block) => block.tool_use_id);
  assert.deepEqual(ids, ["tu_1", "tu_2"]);
});

Deno.test("founding: test_openai_format: each tool call waits for its result", () => {
  const [, ...answers] = messagesOf([calling("tc_1", "tc_2")]);
  assert.deepEqual(answers, [tool("tc_1", NO_RESULT), tool("tc_2", NO_RESULT)]);
});

Deno.test("founding: test_no_tools: a message without calls waits for nothing", () => {
  const messages = [ask, { role: "assistant", content: "hello" }];
  assert.equal(messagesOf(messages), messages);
  assert.equal(messagesOf(messages, ANTHROPIC), messages);
});

Deno.test("founding: test_anthropic_tool_result: a tool_result refers to a call by tool_use_id", () => {
  const answered = [{ role: "assistant", content: [use("tu_1")] }, {
    role: "user",
    content: [result("tu_1")],
  }];
  assert.equal(messagesOf(answered, ANTHROPIC), answered);
  assert.deepEqual(messagesOf([ask, ...answered.slice(1)], ANTHROPIC), [ask]);
});

Deno.test("founding: test_openai_tool_message: a message of a tool refers to a call by tool_call_id", () => {
  const answered = [calling("tc_1"), tool("tc_1")];
  assert.equal(messagesOf(answered), answered);
  assert.deepEqual(messagesOf([ask, tool("tc_1")]), [ask]);
});

Deno.test("founding: test_no_refs: a message that refers to nothing stays", () => {
  const messages = [{ role: "user", content: "hi" }];
  assert.equal(messagesOf(messages), messages);
});

Deno.test("founding: test_strips_empty_text_blocks: only the block with text is left", () => {
  const content = ["hello", "", "   "].map((text) => ({ type: "text", text }));
  const after = [{ role: "user", content: content.slice(0, 1) }];
  assert.deepEqual(messagesOf([{ role: "user", content }]), after);
  assert.deepEqual(messagesOf([{ role: "user", content }], ANTHROPIC), after);
});

Deno.test("founding: test_strips_orphaned_tool_result_anthropic: the result without a call is left out", () => {
  const asking = { role: "assistant", content: [use("tu_1")] };
  const both = { role: "user", content: [result("tu_1"), result("tu_ORPHAN", "stale")] };
  assert.deepEqual(messagesOf([asking, both], ANTHROPIC), [
    asking,
    { role: "user", content: [result("tu_1")] },
  ]);
});

Deno.test("founding: test_strips_orphaned_openai_tool_message: the result without a call is left out", () => {
  const messages = [calling("tc_1"), tool("tc_1"), tool("tc_ORPHAN", "stale")];
  assert.deepEqual(messagesOf(messages), messages.slice(0, 2));
});

Deno.test("founding: test_cascading_orphan_removal: four messages stay, the last with its own result alone", () => {
  const messages = [
    { role: "assistant", content: [use("tu_A")] },
    { role: "user", content: [result("tu_A")] },
    { role: "assistant", content: [use("tu_B")] },
    { role: "user", content: [result("tu_B"), result("tu_C", "orphan")] },
  ];
  const after = messagesOf(messages, ANTHROPIC);
  assert.deepEqual(after, [...messages.slice(0, 3), { role: "user", content: [result("tu_B")] }]);
});

Deno.test("founding: test_drops_empty_user_message_after_filter: nothing of it stays, and the call gets an answer", () => {
  const asking = { role: "assistant", content: [use("tu_1")] };
  const stale = { role: "user", content: [result("tu_ORPHAN", "stale")] };
  assert.deepEqual(messagesOf([asking, stale], ANTHROPIC), [
    asking,
    { role: "user", content: [{ ...result("tu_1", NO_RESULT), "is_error": true }] },
  ]);
});

Deno.test("founding: test_keeps_empty_assistant_message: it stays between two turns of the user", () => {
  const empty = { role: "assistant", content: [{ type: "text", text: "" }] };
  const after = [ask, { role: "assistant", content: "." }, ask];
  assert.deepEqual(messagesOf([ask, empty, ask]), after);
  assert.deepEqual(messagesOf([ask, empty, ask], ANTHROPIC), after);
  assert.deepEqual(messagesOf([empty]), []);
});

Deno.test("founding: test_replaces_null_assistant_content: a dot between two turns of the user", () => {
  const [, said] = messagesOf([ask, { role: "assistant", content: null }, ask]);
  assert.equal(said?.content, ".");
  assert.deepEqual(messagesOf([{ role: "assistant", content: null }]), []);
});

Deno.test("founding: test_replaces_empty_string_assistant: a dot between two turns of the user", () => {
  const [, said] = messagesOf([ask, { role: "assistant", content: "   " }, ask]);
  assert.equal(said?.content, ".");
  assert.deepEqual(messagesOf([{ role: "assistant", content: "   " }]), []);
});

Deno.test("founding: test_strips_empty_string_user: the empty message is left out", () => {
  const messages = [
    { role: "user", content: "hello" },
    { role: "assistant", content: "hi" },
    { role: "user", content: "" },
  ];
  assert.deepEqual(messagesOf(messages), messages.slice(0, 2));
});

Deno.test("founding: test_passthrough_non_list: messages that are no list stay as they are", () => {
  for (const messages of ["not a list", null]) {
    const body = { messages };
    for (const subject of [CLAUDE, ANTHROPIC, GPT]) assert.equal(mendAll(body, subject), body);
  }
});

Deno.test("founding: test_preserves_non_dict_blocks: both parts are left", () => {
  const messages = [{ role: "user", content: ["plain string", { type: "text", text: "hi" }] }];
  assert.equal(messagesOf(messages), messages);
});

Deno.test("founding: test_null_assistant_with_tool_calls_not_replaced: null stays beside calls", () => {
  const [said] = messagesOf([{ role: "assistant", content: null, "tool_calls": [{ id: "tc_1" }] }]);
  assert.equal(said?.content, null);
});

Deno.test("founding: test_no_tools_is_noop: a body without tools and leaks is the same object", () => {
  const body = { messages: [{ role: "user", content: "hi" }] };
  for (const subject of [CLAUDE, ANTHROPIC, GPT]) assert.equal(mendAll(body, subject), body);
});

Deno.test("founding: test_strips_top_level_request_keys: $schema for all, stream_options where it is refused", () => {
  const body = {
    tools: [{ function: { name: "foo", parameters: { type: "object" } } }],
    "stream_options": { "include_usage": true },
    $schema: "x",
  };
  const open = mendAll(body, subjectOf("databricks-gpt-oss-120b"));
  assert.deepEqual(open, { tools: body.tools });
  const { $schema: _, ...rest } = body;
  assert.deepEqual(mendAll(body, GPT), rest);
});

Deno.test("founding: test_strips_stream_options_without_tools: left out where it is refused", () => {
  const body = { "stream_options": { x: 1 } };
  assert.deepEqual(mendAll(body, subjectOf("databricks-gpt-oss-120b")), {});
  assert.deepEqual(mendAll(body, subjectOf("databricks-gemini-3-pro")), {});
  assert.equal(mendAll(body, CLAUDE), body);
});

Deno.test("founding: test_strips_top_level_schema_without_tools: left out for every model", () => {
  for (const model of ["m", "databricks-gpt-5-5", "databricks-claude-opus-4-8"]) {
    assert.deepEqual(mendAll({ $schema: "http://x" }, subjectOf(model)), {});
  }
});

Deno.test("founding: test_strips_reasoning_effort: an effort stays but beside tools of GPT", () => {
  const body = { "reasoning_effort": "high" };
  assert.equal(mendAll(body, CLAUDE), body);
  const tools = [{ type: "function", function: { name: "f", parameters: { type: "object" } } }];
  assert.deepEqual(mendAll({ ...body, tools }, GPT), { tools });
});

Deno.test("founding: test_strips_reasoning_and_verbosity: what reasoning says is kept as an effort", () => {
  const body = { reasoning: { effort: "high" }, verbosity: "low" };
  assert.deepEqual(mendAll(body, CLAUDE), { "reasoning_effort": "high" });
});

Deno.test("founding: test_preserves_supported_params: all of them stay", () => {
  const body = {
    temperature: 0.2,
    "max_tokens": 100,
    stream: true,
    tools: [{ type: "function", function: { name: "f", parameters: { type: "object" } } }],
    "tool_choice": "auto",
  };
  assert.equal(mendAll(body, CLAUDE), body);
});

Deno.test("founding: test_strips_for_gpt_models: an effort beside tools, and what leaked", () => {
  const tools = [{ type: "function", function: { name: "f" } }];
  const body = { "reasoning_effort": "high", reasoningSummary: "auto" };
  assert.deepEqual(mendAll({ ...body, tools }, GPT), { tools });
  assert.deepEqual(mendAll(body, GPT), { "reasoning_effort": "high" });
});

Deno.test("founding: test_preserves_for_non_gpt_models: an effort stays for Claude", () => {
  const body = { "reasoning_effort": "high", tools: [] };
  assert.equal(mendAll(body, subjectOf("databricks-claude-opus-4-8")), body);
});

Deno.test("founding: test_model_match_is_case_insensitive: a model is known in capitals", () => {
  const tools = [{ type: "function", function: { name: "f" } }];
  const subject = subjectOf("Databricks-GPT-5-5");
  assert.deepEqual(mendAll({ "reasoning_effort": "low", tools }, subject), { tools });
});

Deno.test("founding: test_missing_model_field_does_not_raise: an effort without a model stays", () => {
  const body = { "reasoning_effort": "high" };
  assert.equal(mendAll(body, subjectOf("")), body);
});

/**
 * What the tests of the filter before this one asked of answers and streams
 * (tests/test_content_filter_proxy.py, its classes TestRemapToolCall, TestFixResponseData and
 * TestSSEProcessor, and what is known of its ContentBlockFlattening), each by its name, with what
 * it asserts here.
 */

import assert from "node:assert/strict";
import { ANSWER_REPAIRS } from "../proxy/repairs/answer_table.ts";
import type { Json, JsonObject } from "../proxy/repairs/json.ts";
import { MachineRow } from "../proxy/repairs/machine_row.ts";
import { callChunk, chunkOf, CONTEXT, fragment, opening } from "./support/chat_stream.ts";
import { mendedStream, readChat, sseOf } from "./support/chat_stream.ts";

const NAME = "databricks-tool-call";

/** An answer with one call, streamed or whole. */
function answerOf(
  said: "message" | "delta",
  call: { readonly name: string; readonly args: string; readonly reason?: string | null },
): JsonObject {
  const { name, args, reason = null } = call;
  const calls: Json = [{ id: "tc_1", function: { name, arguments: args } }];
  return { choices: [{ [said]: { "tool_calls": calls }, "finish_reason": reason }] };
}

const wholeOf = (body: JsonObject) => new MachineRow(ANSWER_REPAIRS, CONTEXT).whole(body);

Deno.test("founding: test_remaps_databricks_tool_call: the name comes out of the arguments", () => {
  const body = answerOf("message", {
    name: NAME,
    args: '{"name":"execute_sql","query":"SELECT 1"}',
  });
  assert.deepEqual(
    wholeOf(body),
    answerOf("message", { name: "execute_sql", args: '{"query":"SELECT 1"}' }),
  );
});

Deno.test("founding: test_passthrough_normal_tool: a call of a real tool is the same object", () => {
  const body = answerOf("message", { name: "bash", args: '{"cmd": "ls"}', reason: "tool_calls" });
  assert.equal(wholeOf(body), body);
});

Deno.test("founding: test_handles_invalid_json_args: a call that names no tool is the same object", () => {
  const body = answerOf("message", { name: NAME, args: "not json" });
  assert.equal(wholeOf(body), body);
});

Deno.test("founding: test_remaps_tool_calls_in_message: renamed, and finished with tool_calls", () => {
  const args = '{"name":"run_sql","q":"SELECT 1"}';
  assert.deepEqual(
    wholeOf(answerOf("message", { name: NAME, args, reason: "stop" })),
    answerOf("message", { name: "run_sql", args: '{"q":"SELECT 1"}', reason: "tool_calls" }),
  );
});

Deno.test("founding: test_fixes_streaming_delta: renamed in a chunk that finishes with tool_calls", () => {
  const row = new MachineRow(ANSWER_REPAIRS, CONTEXT);
  const args = '{"name":"run_sql"}';
  assert.deepEqual(
    row.push(answerOf("delta", { name: NAME, args, reason: "stop" })),
    [answerOf("delta", { name: "run_sql", args: "{}", reason: "tool_calls" })],
  );
});

Deno.test("founding: test_noop_on_non_dict: what is no object stays in its bytes", () => {
  for (const data of ['"string"', "null", "[]", "1"]) {
    assert.equal(mendedStream(`data: ${data}\n\n`), `data: ${data}\n\n`);
  }
});

Deno.test("founding: test_no_choices_is_noop: an answer without choices is the same object", () => {
  const body = { id: "resp_1" };
  assert.equal(wholeOf(body), body);
  assert.equal(new MachineRow(ANSWER_REPAIRS, CONTEXT).push(body)[0], body);
});

Deno.test("founding: test_passthrough_non_data_lines: other lines stay in their bytes", () => {
  const text = "event: message\n: comment\n\n: ping\r\n\r\n";
  assert.equal(mendedStream(text), text);
});

Deno.test("founding: test_passthrough_done_signal: the closing mark stays, and comes last", () => {
  const text = sseOf([chunkOf({ content: "x" })]) + "data: [DONE]\n\n";
  assert.equal(mendedStream(text), text);
});

Deno.test("founding: test_passthrough_normal_tool: a call of a real tool stays in its bytes", () => {
  const text = sseOf([
    callChunk({ index: 0, function: { name: "bash" } }),
    callChunk(fragment('{"cmd":"ls"}')),
    chunkOf({}, { finish: "tool_calls" }),
  ]);
  assert.equal(mendedStream(text), text);
});

Deno.test("founding: test_buffers_databricks_tool_call: nothing is said of the call yet", () => {
  const row = new MachineRow(ANSWER_REPAIRS, CONTEXT);
  assert.deepEqual(row.push(callChunk(opening(NAME, ""))), [chunkOf({})]);
});

Deno.test("founding: test_resolves_name_from_args: the call is said once, whole, under its name", () => {
  const text = mendedStream(sseOf([
    callChunk(opening(NAME, "")),
    callChunk(fragment('{"name":"execute_sql","query":"SELECT 1"}')),
    chunkOf({}, { finish: "tool_calls" }),
  ]));
  const events = text.trim().split("\n\n").map((event) => JSON.parse(event.slice("data: ".length)));
  assert.deepEqual(readChat(events).get(0)?.calls, [
    { id: "call_0", name: "execute_sql", args: '{"query":"SELECT 1"}' },
  ]);
});

Deno.test("founding: test_flush_remaining: a call that never got whole is said as it came, before [DONE]", () => {
  const said = callChunk(opening(NAME, '{"partial'));
  assert.equal(
    mendedStream(sseOf([said]) + "data: [DONE]\n\n"),
    sseOf([chunkOf({}), said]) + "data: [DONE]\n\n",
  );
});

Deno.test("founding: test_fixes_finish_reason_on_stop: stop behind a call is tool_calls", () => {
  const calling = callChunk(opening("bash", '{"a":1}'));
  assert.equal(
    mendedStream(sseOf([calling, chunkOf({}, { finish: "stop" })])),
    sseOf([calling, chunkOf({}, { finish: "tool_calls" })]),
  );
});

Deno.test("founding: test_invalid_json_passthrough: what is no JSON stays in its bytes", () => {
  assert.equal(mendedStream("data: {invalid json}\n\n"), "data: {invalid json}\n\n");
});

Deno.test("ContentBlockFlattening: texts are joined, others left out, streamed and whole", () => {
  const parts: Json = [{ type: "text", text: "a" }, { type: "thinking" }, {
    type: "text",
    text: "b",
  }];
  assert.equal(
    mendedStream(sseOf([chunkOf({ content: parts })])),
    sseOf([chunkOf({ content: "ab" })]),
  );
  assert.deepEqual(wholeOf({ choices: [{ message: { content: parts } }] }), {
    choices: [{ message: { content: "ab" } }],
  });
  assert.deepEqual(wholeOf({ choices: [{ message: { content: [] } }] }), {
    choices: [{ message: { content: "" } }],
  });
});

Deno.test("ContentBlockFlattening: texts and null pass, and no content is made up", () => {
  for (const message of [{ content: "x" }, { content: null }, { role: "assistant" }]) {
    const body = { choices: [{ message }] };
    assert.equal(wholeOf(body), body);
    const text = sseOf([chunkOf(message)]);
    assert.equal(mendedStream(text), text);
  }
});

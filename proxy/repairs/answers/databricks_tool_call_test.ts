import assert from "node:assert/strict";
import {
  callChunk,
  chunkOf,
  fragment,
  mendAll,
  opening,
  readChat,
} from "../../../tests/support/chat_stream.ts";
import { CONTEXT } from "../../../tests/support/chat_stream.ts";
import { databricksToolCall } from "./databricks_tool_call.ts";

const NAME = "databricks-tool-call";
const run = (events: Parameters<typeof mendAll>[1]) => mendAll([databricksToolCall], events);
const BASH = { id: "call_0", name: "bash", args: '{"c":1}' };

Deno.test("databricks-tool-call: a call in many chunks is said once, under its real name", () => {
  const { events, fired } = run([
    callChunk(opening(NAME, "")),
    callChunk(fragment('{"na')),
    callChunk(fragment('me":"bash","c":1}')),
    chunkOf({}, { finish: "tool_calls" }),
  ]);
  assert.deepEqual(readChat(events).get(0)?.calls, [BASH]);
  assert.deepEqual(fired, [NAME]);
  const [said] = events.filter((event) => JSON.stringify(event).includes("bash"));
  assert.deepEqual(said, callChunk(opening("bash", '{"c":1}')), "as any other event of the stream");
});

Deno.test("databricks-tool-call: nothing of a call is said before all of it is there", () => {
  const { events } = run([callChunk(opening(NAME, ""))]);
  assert.deepEqual(events[0], chunkOf({}));
  assert.equal(events.length, 2, "it is said when the stream ends");
});

Deno.test("databricks-tool-call: a call in the chunk that finishes is said there", () => {
  const { events } = run([
    callChunk(opening(NAME, '{"name":"bash","c":1}'), { finish: "tool_calls" }),
  ]);
  assert.deepEqual(events, [callChunk(opening("bash", '{"c":1}'), { finish: "tool_calls" })]);
});

Deno.test("databricks-tool-call: a call whose last fragment finishes is said there", () => {
  const { events } = run([
    callChunk(opening(NAME, '{"name":"ba'), {}),
    callChunk(fragment('sh","c":1}'), { finish: "stop" }),
  ]);
  assert.deepEqual(readChat(events).get(0), { content: "", calls: [BASH], finish: "stop" });
});

Deno.test("databricks-tool-call: parallel calls, in turn or mixed, keep their own arguments", () => {
  const { events } = run([
    callChunk(opening(NAME, '{"name":"a",', 0)),
    callChunk(opening(NAME, '{"name":"b",', 1)),
    callChunk(opening("plain", "{", 2)),
    callChunk(fragment('"x":0}', 0)),
    callChunk(fragment('"x":1}', 1)),
    callChunk(fragment("}", 2)),
    chunkOf({}, { finish: "tool_calls" }),
  ]);
  const calls = readChat(events).get(0)?.calls.toSorted((a, b) => a.id.localeCompare(b.id));
  assert.deepEqual(calls, [
    { id: "call_0", name: "a", args: '{"x":0}' },
    { id: "call_1", name: "b", args: '{"x":1}' },
    { id: "call_2", name: "plain", args: "{}" },
  ]);
});

Deno.test("databricks-tool-call: two calls numbered alike are told apart by their ids", () => {
  const { events } = run([
    callChunk({ ...opening(NAME, '{"name":"a"}'), id: "first" }),
    callChunk({ ...opening(NAME, '{"name":"b"}'), id: "second" }),
    chunkOf({}, { finish: "tool_calls" }),
  ]);
  const names = events.map((event) =>
    /"id":"(first|second)","type":"function","function":\{"name":"(.)"/
      .exec(JSON.stringify(event))?.slice(1)
  ).filter((names) => names !== undefined);
  assert.deepEqual(names, [["first", "a"], ["second", "b"]]);
});

Deno.test("databricks-tool-call: choices do not mix", () => {
  const { events } = run([
    callChunk(opening(NAME, '{"name":"a",'), { choice: 0 }),
    callChunk(opening(NAME, '{"name":"b",'), { choice: 1 }),
    callChunk(fragment('"x":0}'), { choice: 0 }),
    callChunk(fragment('"x":1}'), { choice: 1 }),
    chunkOf({}, { index: 1, finish: "tool_calls" }),
    chunkOf({}, { index: 0, finish: "tool_calls" }),
  ]);
  const read = readChat(events);
  assert.deepEqual(read.get(0)?.calls, [{ id: "call_0", name: "a", args: '{"x":0}' }]);
  assert.deepEqual(read.get(1)?.calls, [{ id: "call_0", name: "b", args: '{"x":1}' }]);
});

Deno.test("databricks-tool-call: arguments that name no tool are said as they came", () => {
  for (const args of ["", "{", "[]", '{"c":1}', '{"name":1}', '{"name":""}', "null"]) {
    const { events } = run([callChunk(opening(NAME, args)), chunkOf({}, { finish: "stop" })]);
    assert.deepEqual(readChat(events).get(0)?.calls, [{ id: "call_0", name: NAME, args }]);
  }
});

Deno.test("databricks-tool-call: a stream without one is not touched", () => {
  const before = [
    chunkOf({ role: "assistant", content: "a" }),
    callChunk(opening("bash", "{")),
    callChunk(fragment("}")),
    chunkOf({}, { finish: "tool_calls" }),
  ];
  const { events, fired } = run(before);
  assert(events.every((event, index) => event === before[index]));
  assert.deepEqual(fired, []);
});

Deno.test("databricks-tool-call: what else the chunk says is not held back", () => {
  const { events } = run([{
    ...chunkOf({ role: "assistant", content: "x", "tool_calls": [opening(NAME, "{}")] }),
    usage: { "total_tokens": 1 },
  }]);
  assert.deepEqual(events[0], {
    ...chunkOf({ role: "assistant", content: "x" }),
    usage: { "total_tokens": 1 },
  });
  assert.equal(events[1]?.usage, undefined, "tokens are not counted twice");
});

Deno.test("databricks-tool-call: a whole answer's calls are renamed", () => {
  const machine = databricksToolCall.begin(CONTEXT);
  const whole = (name: string, args: string) => ({
    choices: [{ message: { "tool_calls": [{ id: "x", function: { name, arguments: args } }] } }],
  });
  assert.deepEqual(machine.whole(whole(NAME, '{"name":"bash","c":1}')), whole("bash", '{"c":1}'));
  for (const body of [whole("bash", '{"name":"x"}'), whole(NAME, "{"), { choices: [null] }, {}]) {
    assert.equal(machine.whole(body), body);
  }
});

import assert from "node:assert/strict";
import { assertLeaves, assertMends, subjectOf } from "../../../tests/support/repair_check.ts";
import { unansweredCalls } from "./unanswered_calls.ts";

const CHAT = subjectOf("databricks-gpt-5-5");
const ANTHROPIC = subjectOf("databricks-claude-opus-4-8", { dialect: "anthropic" });
const RESPONSES = subjectOf("databricks-gpt-5-5", { dialect: "responses" });
const ask = { role: "user", content: "go" };
const NONE = "No result was recorded for this call";
const call = (...ids: string[]) => ({
  role: "assistant",
  content: null,
  "tool_calls": ids.map((id) => ({ id, type: "function", function: { name: "f" } })),
});
const tool = (id: string, content = NONE) => ({ role: "tool", "tool_call_id": id, content });
const use = (id: string) => ({ type: "tool_use", id, name: "f", input: {} });
const result = (id: string) => ({ type: "tool_result", "tool_use_id": id, content: "ok" });
const none = (id: string) => ({
  type: "tool_result",
  "tool_use_id": id,
  content: NONE,
  "is_error": true,
});

Deno.test("unanswered-calls answers calls of chat that were interrupted", () => {
  assertMends(unansweredCalls, CHAT, {
    before: { messages: [call("a", "b", "c"), tool("b", "ok"), ask, call("d"), call("e")] },
    after: {
      messages: [
        call("a", "b", "c"),
        tool("b", "ok"),
        tool("a"),
        tool("c"),
        ask,
        call("d"),
        tool("d"),
        call("e"),
        tool("e"),
      ],
    },
  });
});

Deno.test("unanswered-calls puts Anthropic's results at the head of the user's message", () => {
  const asks = { role: "assistant", content: [use("a"), use("b")] };
  const said = { type: "text", text: "go" };
  assertMends(unansweredCalls, ANTHROPIC, {
    before: { messages: [asks, { role: "user", content: [result("b"), said] }] },
    after: { messages: [asks, { role: "user", content: [result("b"), none("a"), said] }] },
  });
  assertMends(unansweredCalls, ANTHROPIC, {
    before: { messages: [asks, ask] },
    after: { messages: [asks, { role: "user", content: [none("a"), none("b"), said] }] },
  });
  assertMends(unansweredCalls, ANTHROPIC, {
    before: { messages: [asks, { role: "user", content: [result("a")] }, ask] },
    after: { messages: [asks, { role: "user", content: [result("a"), none("b")] }, ask] },
  });
});

Deno.test("unanswered-calls gives Anthropic's results a message where there is none", () => {
  const asks = { role: "assistant", content: [{ type: "text", text: "x" }, use("a")] };
  assertMends(unansweredCalls, ANTHROPIC, {
    before: { messages: [ask, asks] },
    after: { messages: [ask, asks, { role: "user", content: [none("a")] }] },
  });
});

Deno.test("unanswered-calls answers items of Responses behind the calls they came with", () => {
  const made = (id: string, type = "function_call") => ({ type, "call_id": id, name: "f" });
  const output = (id: string, said = NONE) => ({
    type: "function_call_output",
    "call_id": id,
    output: said,
  });
  const custom = { ...output("c"), type: "custom_tool_call_output" };
  assertMends(unansweredCalls, RESPONSES, {
    before: {
      input: [made("a"), made("b"), output("b", "ok"), ask, made("c", "custom_tool_call")],
    },
    after: {
      input: [
        made("a"),
        made("b"),
        output("b", "ok"),
        output("a"),
        ask,
        made("c", "custom_tool_call"),
        custom,
      ],
    },
  });
  assertLeaves(unansweredCalls, RESPONSES, { input: [made("a"), ask, output("a", "ok")] });
  assertLeaves(unansweredCalls, RESPONSES, { input: [made("a", "computer_call"), ask] });
  assertLeaves(unansweredCalls, RESPONSES, {
    input: [made("a")],
    "previous_response_id": "resp_1",
  });
});

Deno.test("unanswered-calls leaves alone what cannot be matched or read", () => {
  const nameless = { role: "assistant", "tool_calls": [{ id: "" }, { id: null }, null, "a"] };
  assertLeaves(unansweredCalls, CHAT, { messages: [nameless, null, { role: "assistant" }] });
  const blocks = [null, { type: "tool_use" }, { type: "server_tool_use", id: "a" }];
  assertLeaves(unansweredCalls, ANTHROPIC, { messages: [{ role: "assistant", content: blocks }] });
  assertLeaves(unansweredCalls, RESPONSES, { input: [{ type: "function_call" }, null] });
});

// Whoever looks for the end of the calls from each of them has billions of looks to do.
Deno.test("unanswered-calls ends on a hundred thousand calls at once", () => {
  const calls = Array.from({ length: 100_000 }, (_, index) => ({
    type: "function_call",
    "call_id": `call_${index}`,
  }));
  const results = calls.map(({ call_id: id }) => ({
    type: "function_call_output",
    "call_id": id,
    output: NONE,
  }));
  const mended = unansweredCalls.mend({ input: calls }, RESPONSES);
  assert.deepEqual(mended, { input: [...calls, ...results] });
});

Deno.test("unanswered-calls answers a call before another one that has its id", () => {
  const made = { type: "function_call", "call_id": "a" };
  const other = { type: "function_call", "call_id": "b" };
  const output = (id: string) => ({ type: "function_call_output", "call_id": id, output: NONE });
  assertMends(unansweredCalls, RESPONSES, {
    before: { input: [made, other, made, ask, other] },
    after: {
      input: [made, other, output("a"), made, output("b"), output("a"), ask, other, output("b")],
    },
  });
});

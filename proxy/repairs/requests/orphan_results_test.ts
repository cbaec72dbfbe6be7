import { assertLeaves, assertMends, subjectOf } from "../../../tests/support/repair_check.ts";
import { orphanResults } from "./orphan_results.ts";

const CHAT = subjectOf("databricks-gpt-5-5");
const ANTHROPIC = subjectOf("databricks-claude-opus-4-8", { dialect: "anthropic" });
const RESPONSES = subjectOf("databricks-gpt-5-5", { dialect: "responses" });
const ask = { role: "user", content: "go" };
const call = (...ids: string[]) => ({
  role: "assistant",
  content: null,
  "tool_calls": ids.map((id) => ({ id, type: "function", function: { name: "f" } })),
});
const tool = (id: string) => ({ role: "tool", "tool_call_id": id, content: "ok" });
const use = (id: string) => ({ type: "tool_use", id, name: "f", input: {} });
const result = (id: string) => ({ type: "tool_result", "tool_use_id": id, content: "ok" });

Deno.test("orphan-results leaves out results of chat without a call in the turn before", () => {
  assertMends(orphanResults, CHAT, {
    before: {
      messages: [
        tool("a"),
        call("a", "b"),
        tool("b"),
        tool("c"),
        tool("b"),
        tool("a"),
        { role: "assistant", content: "done" },
        tool("a"),
      ],
    },
    after: {
      messages: [call("a", "b"), tool("b"), tool("a"), { role: "assistant", content: "done" }],
    },
  });
});

Deno.test("orphan-results looks at the id of a result whose content is a list", () => {
  const listed = { ...tool("x"), content: [{ type: "text", text: "ok" }] };
  assertMends(orphanResults, CHAT, {
    before: { messages: [ask, listed] },
    after: { messages: [ask] },
  });
});

Deno.test("orphan-results leaves out Anthropic's blocks, and messages that have nothing else", () => {
  assertMends(orphanResults, ANTHROPIC, {
    before: {
      messages: [
        { role: "user", content: [result("x"), { type: "text", text: "hi" }] },
        { role: "assistant", content: [use("a")] },
        { role: "user", content: [result("a"), result("y")] },
        { role: "assistant", content: "done" },
        { role: "user", content: [result("a")] },
      ],
    },
    after: {
      messages: [
        { role: "user", content: [{ type: "text", text: "hi" }] },
        { role: "assistant", content: [use("a")] },
        { role: "user", content: [result("a")] },
        { role: "assistant", content: "done" },
      ],
    },
  });
});

Deno.test("orphan-results takes an assistant's messages in a row for one turn, as Anthropic does", () => {
  assertLeaves(orphanResults, ANTHROPIC, {
    messages: [
      { role: "assistant", content: [use("a")] },
      { role: "assistant", content: "and" },
      { role: "user", content: [result("a")] },
    ],
  });
});

Deno.test("orphan-results leaves out outputs of Responses without a call before them", () => {
  const made = { type: "function_call", "call_id": "a", name: "f", arguments: "{}" };
  const output = (id: string) => ({ type: "function_call_output", "call_id": id, output: "ok" });
  assertMends(orphanResults, RESPONSES, {
    before: { input: [output("a"), made, output("b"), output("a"), output("a")] },
    after: { input: [made, output("a")] },
  });
  const custom = { type: "custom_tool_call_output", "call_id": "b", output: "ok" };
  assertMends(orphanResults, RESPONSES, {
    before: { input: [custom, ask], "previous_response_id": null },
    after: { input: [ask], "previous_response_id": null },
  });
});

Deno.test("orphan-results knows calls of other types, and leaves results of other types", () => {
  const input = [
    { type: "local_shell_call", "call_id": "a", status: "completed" },
    { type: "function_call_output", "call_id": "a", output: "ok" },
    { type: "computer_call_output", "call_id": "b", output: {} },
    { type: "web_search_call", id: "ws_1" },
  ];
  assertLeaves(orphanResults, RESPONSES, { input });
});

Deno.test("orphan-results keeps outputs whose calls the workspace may hold", () => {
  const input = [{ type: "function_call_output", "call_id": "a", output: "ok" }];
  assertLeaves(orphanResults, RESPONSES, { input, "previous_response_id": "resp_1" });
  assertLeaves(orphanResults, RESPONSES, { input, conversation: "conv_1" });
  assertLeaves(orphanResults, RESPONSES, {
    input: [{ type: "item_reference", id: "fc_1" }, ...input],
  });
});

Deno.test("orphan-results leaves alone what cannot be matched or read", () => {
  const messages = [
    null,
    { role: "tool", content: "ok" },
    { role: "tool", "tool_call_id": "", content: "ok" },
    { role: "assistant", content: null, "tool_calls": null },
    { role: "assistant", content: null, "tool_calls": [null, { function: null }] },
    { role: "tool", "tool_call_id": null, content: [null] },
  ];
  assertLeaves(orphanResults, CHAT, { messages });
  assertLeaves(orphanResults, CHAT, { messages: null });
  const blocks = [null, "a", { type: "tool_result" }, { type: "tool_result", "tool_use_id": "" }];
  assertLeaves(orphanResults, ANTHROPIC, { messages: [null, { role: "user", content: blocks }] });
  assertLeaves(orphanResults, RESPONSES, { input: "hi" });
  assertLeaves(orphanResults, RESPONSES, { input: [null, 1, { type: "function_call_output" }] });
});

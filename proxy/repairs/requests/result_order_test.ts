import {
  assertLeaves,
  assertMends,
  assertServesNot,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import { resultOrder } from "./result_order.ts";

const CHAT = subjectOf("databricks-gpt-5-5");
const ANTHROPIC = subjectOf("databricks-claude-opus-4-8", { dialect: "anthropic" });
const ask = { role: "user", content: "wait" };
const call = (...ids: string[]) => ({
  role: "assistant",
  content: null,
  "tool_calls": ids.map((id) => ({ id, type: "function", function: { name: "f" } })),
});
const tool = (id: string) => ({ role: "tool", "tool_call_id": id, content: "ok" });
const use = (id: string) => ({ type: "tool_use", id, name: "f", input: {} });
const result = (id: string) => ({ type: "tool_result", "tool_use_id": id, content: "ok" });
const text = { type: "text", text: "wait" };

Deno.test("result-order moves results of chat right behind their calls", () => {
  assertMends(resultOrder, CHAT, {
    before: {
      messages: [call("a", "b"), tool("a"), ask, tool("b"), call("c"), ask, tool("c"), ask],
    },
    after: {
      messages: [call("a", "b"), tool("a"), tool("b"), ask, call("c"), tool("c"), ask, ask],
    },
  });
  const nameless = { role: "tool", content: "ok" };
  assertMends(resultOrder, CHAT, {
    before: { messages: [call("a"), ask, tool("a"), call("b"), tool("b"), ask, nameless] },
    after: { messages: [call("a"), tool("a"), ask, call("b"), tool("b"), ask, nameless] },
  });
  assertLeaves(resultOrder, CHAT, { messages: [call("a"), tool("a"), ask, call("b"), tool("b")] });
});

Deno.test("result-order moves Anthropic's results to the head of what the user says", () => {
  const asks = { role: "assistant", content: [use("a"), use("b")] };
  const after = { messages: [asks, { role: "user", content: [result("a"), result("b"), text] }] };
  assertMends(resultOrder, ANTHROPIC, {
    before: { messages: [asks, { role: "user", content: [result("a"), text, result("b")] }] },
    after,
  });
  assertMends(resultOrder, ANTHROPIC, {
    before: { messages: [asks, ask, { role: "user", content: [result("a"), result("b")] }] },
    after,
  });
  assertLeaves(resultOrder, ANTHROPIC, after);
});

Deno.test("result-order gives results a message of their own before one of another role", () => {
  const system = { role: "system", content: "x" };
  assertMends(resultOrder, ANTHROPIC, {
    before: {
      messages: [
        { role: "assistant", content: [use("a")] },
        system,
        { role: "user", content: [result("a")] },
      ],
    },
    after: {
      messages: [
        { role: "assistant", content: [use("a")] },
        { role: "user", content: [result("a")] },
        system,
      ],
    },
  });
});

Deno.test("result-order has nothing to do where any order is taken", () => {
  assertServesNot(resultOrder, subjectOf("databricks-gpt-5-5", { dialect: "responses" }));
});

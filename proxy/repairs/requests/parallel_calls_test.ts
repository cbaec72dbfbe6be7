import {
  assertLeaves,
  assertMends,
  assertServesNot,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import { parallelCalls } from "./parallel_calls.ts";

const OSS = subjectOf("databricks-gpt-oss-120b");
const made = (id: string) => ({ id, type: "function", function: { name: "f", arguments: "{}" } });
const tool = (id: string) => ({ role: "tool", "tool_call_id": id, content: id });
const call = (content: string | null, ...ids: string[]) => ({
  role: "assistant",
  content,
  "tool_calls": ids.map(made),
});
const ask = { role: "user", content: "go" };

Deno.test("parallel-calls tells a turn of several calls one by one", () => {
  assertMends(parallelCalls, OSS, {
    before: {
      messages: [ask, call("now", "a", "b"), tool("b"), tool("a"), ask, call(null, "c"), tool("c")],
    },
    after: {
      messages: [
        ask,
        call("now", "a"),
        tool("a"),
        call(null, "b"),
        tool("b"),
        ask,
        call(null, "c"),
        tool("c"),
      ],
    },
  });
});

Deno.test("parallel-calls leaves a turn with a missing half, and those that take several", () => {
  assertLeaves(parallelCalls, OSS, { messages: [call(null, "a", "b"), tool("a"), ask] });
  assertLeaves(parallelCalls, OSS, { messages: [call(null, "a", "a"), tool("a"), ask] });
  assertLeaves(parallelCalls, OSS, { messages: [call(null, "a", "a"), tool("a"), tool("a")] });
  assertLeaves(parallelCalls, OSS, { messages: [call(null, "a", ""), tool("a")] });
  assertLeaves(parallelCalls, OSS, { messages: [null, { role: "assistant", "tool_calls": "x" }] });
  assertLeaves(parallelCalls, OSS, { messages: null });
  assertServesNot(
    parallelCalls,
    subjectOf("databricks-gpt-5-5"),
    subjectOf("databricks-claude-opus-4-8"),
    subjectOf("my-endpoint"),
  );
});

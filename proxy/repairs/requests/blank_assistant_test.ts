import {
  assertLeaves,
  assertMends,
  assertServesNot,
  frozen,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import { blankAssistant } from "./blank_assistant.ts";

const CLAUDE = subjectOf("databricks-claude-opus-4-8");
const ask = { role: "user", content: "go" };
const dot = { role: "assistant", content: "." };
const calls = [{ id: "a", type: "function", function: { name: "f", arguments: "{}" } }];

Deno.test("blank-assistant puts a dot between two turns of the user", () => {
  for (const content of [null, "", " \t", []]) {
    const blank = { role: "assistant", content };
    assertMends(blankAssistant, CLAUDE, {
      before: { messages: [ask, blank, ask] },
      after: { messages: [ask, dot, ask] },
    });
  }
  assertMends(blankAssistant, subjectOf("m", { dialect: "anthropic" }), {
    before: { messages: [ask, { role: "assistant" }, ask] },
    after: { messages: [ask, dot, ask] },
  });
});

Deno.test("blank-assistant leaves out a turn that stands elsewhere", () => {
  const blank = { role: "assistant", content: "" };
  const said = { role: "assistant", content: "hi" };
  assertMends(blankAssistant, CLAUDE, {
    before: { messages: [blank, ask, blank, said, blank, blank, ask, blank, blank, ask, blank] },
    after: { messages: [ask, said, ask, dot, ask] },
  });
  const result = { role: "tool", "tool_call_id": "a", content: "ok" };
  assertMends(blankAssistant, CLAUDE, {
    before: { messages: [result, blank, ask] },
    after: { messages: [result, dot, ask] },
  });
});

Deno.test("blank-assistant says a space beside calls, and leaves null beside them", () => {
  const null_ = { role: "assistant", content: null, "tool_calls": calls };
  for (const content of ["", "  \n", []]) {
    assertMends(blankAssistant, CLAUDE, {
      before: { messages: [ask, { role: "assistant", content, "tool_calls": calls }, null_] },
      after: { messages: [ask, { role: "assistant", content: " ", "tool_calls": calls }, null_] },
    });
  }
  assertLeaves(blankAssistant, CLAUDE, { messages: [null_] });
  const old = frozen({ role: "assistant", function_call: { name: "f", arguments: "{}" } });
  assertMends(blankAssistant, CLAUDE, {
    before: { messages: [ask, { ...old, content: "" }] },
    after: { messages: [ask, { ...old, content: " " }] },
  });
});

Deno.test("blank-assistant leaves alone what it cannot read, and models that need nothing", () => {
  assertLeaves(blankAssistant, CLAUDE, { messages: [null, 1, "a", { content: "" }, ask] });
  assertLeaves(blankAssistant, CLAUDE, { messages: { role: "assistant", content: "" } });
  assertServesNot(blankAssistant, subjectOf("databricks-gpt-5-5"), subjectOf("databricks-qwen3"));
});

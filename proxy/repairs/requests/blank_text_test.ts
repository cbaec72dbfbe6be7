import {
  assertLeaves,
  assertMends,
  assertServesNot,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import { blankText } from "./blank_text.ts";

const CLAUDE = subjectOf("databricks-claude-opus-4-8");
const ANTHROPIC = subjectOf("databricks-claude-opus-4-8", { dialect: "anthropic" });
const text = (value: string) => ({ type: "text", text: value });

Deno.test("blank-text leaves out blank blocks, and messages that have nothing else", () => {
  for (const subject of [CLAUDE, ANTHROPIC, subjectOf("my-endpoint")]) {
    assertMends(blankText, subject, {
      before: {
        messages: [
          { role: "user", content: [text("hello"), text(""), text(" \n\u00a0")] },
          { role: "assistant", content: [text("")] },
          { role: "user", content: [text("")] },
          { role: "user", content: "  " },
        ],
      },
      after: {
        messages: [{ role: "user", content: [text("hello")] }, { role: "assistant", content: [] }],
      },
    });
  }
});

Deno.test("blank-text looks into the system prompt and into results", () => {
  const result = { type: "tool_result", "tool_use_id": "a" };
  assertMends(blankText, ANTHROPIC, {
    before: {
      system: [text("")],
      messages: [{ role: "user", content: [{ ...result, content: [text(""), text("ok")] }] }],
    },
    after: { messages: [{ role: "user", content: [{ ...result, content: [text("ok")] }] }] },
  });
  assertMends(blankText, ANTHROPIC, {
    before: { system: [text("a"), text("")], messages: [] },
    after: { system: [text("a")], messages: [] },
  });
});

Deno.test("blank-text empties a result rather than losing it", () => {
  assertMends(blankText, CLAUDE, {
    before: { messages: [{ role: "tool", "tool_call_id": "a", content: [text("")] }] },
    after: { messages: [{ role: "tool", "tool_call_id": "a", content: "" }] },
  });
  assertLeaves(blankText, CLAUDE, {
    messages: [{ role: "tool", "tool_call_id": "a", content: "" }],
  });
});

Deno.test("blank-text leaves alone what is no text, and what it cannot read", () => {
  const messages = [
    null,
    "text",
    { role: "user" },
    { role: "user", content: null },
    {
      role: "user",
      content: ["", null, { type: "text", text: null }, { type: "image", text: "" }],
    },
    { role: "assistant", content: "" },
  ];
  assertLeaves(blankText, CLAUDE, { messages, system: "" });
  assertLeaves(blankText, CLAUDE, { messages: "x", system: null });
  assertLeaves(blankText, CLAUDE, { messages: null });
});

Deno.test("blank-text serves nobody who takes blank text", () => {
  assertServesNot(
    blankText,
    subjectOf("databricks-gpt-5-5"),
    subjectOf("databricks-gpt-oss-120b"),
    subjectOf("databricks-claude-opus-4-8", { dialect: "responses" }),
  );
});

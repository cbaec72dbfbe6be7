import {
  assertLeaves,
  assertMends,
  assertServesNot,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import type { Json } from "../json.ts";
import { replayedReasoning } from "./replayed_reasoning.ts";

const CLAUDE = subjectOf("databricks-claude-opus-4-8");
const blocks = [
  { type: "thinking", thinking: "hm", signature: "sig" },
  { type: "redacted_thinking", data: "xyz" },
];
const reasoning = {
  type: "reasoning",
  summary: [
    { type: "summary_text", text: "hm", signature: "sig" },
    { type: "summary_encrypted_text", data: "xyz" },
  ],
};

Deno.test("replayed-reasoning becomes the part that Databricks knows", () => {
  const said = { type: "text", text: "hi" };
  const cases: readonly [Json, Json][] = [
    ["hi", [reasoning, said]],
    [null, [reasoning]],
    ["", [reasoning]],
    [[said], [reasoning, said]],
    [[reasoning, said], [reasoning, said]],
  ];
  for (const [content, after] of cases) {
    const message = { role: "assistant", content, "reasoning_content": "hm" };
    assertMends(replayedReasoning, CLAUDE, {
      before: { messages: [{ ...message, "thinking_blocks": blocks }] },
      after: { messages: [{ role: "assistant", content: after }] },
    });
  }
});

Deno.test("replayed-reasoning without a signature is left out", () => {
  const unsigned = [{ type: "thinking", thinking: "hm" }, null];
  assertMends(replayedReasoning, CLAUDE, {
    before: { messages: [{ role: "assistant", content: "hi", "thinking_blocks": unsigned }] },
    after: { messages: [{ role: "assistant", content: "hi" }] },
  });
  assertMends(replayedReasoning, CLAUDE, {
    before: { messages: [{ role: "assistant", content: "hi", "reasoning_content": null }] },
    after: { messages: [{ role: "assistant", content: "hi" }] },
  });
});

Deno.test("replayed-reasoning is what others may need", () => {
  assertLeaves(replayedReasoning, CLAUDE, { messages: [null, { role: "assistant", content: "" }] });
  assertServesNot(
    replayedReasoning,
    subjectOf("system.ai.deepseek-v4-pro"),
    subjectOf("databricks-claude-opus-4-8", { dialect: "anthropic" }),
  );
});

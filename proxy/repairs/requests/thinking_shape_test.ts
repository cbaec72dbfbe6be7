import {
  assertLeaves,
  assertMends,
  assertServesNot,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import { thinkingShape } from "./thinking_shape.ts";

const OPUS = subjectOf("databricks-claude-opus-4-8", { dialect: "anthropic" });

Deno.test("thinking-shape turns a budget into an effort", () => {
  const cases = [[1024, "low"], [10_000, "medium"], [31_999, "high"], [63_999, "max"]] as const;
  for (const [budget, effort] of cases) {
    assertMends(thinkingShape, OPUS, {
      before: { thinking: { type: "enabled", budget_tokens: budget, display: "omitted" } },
      after: { thinking: { type: "adaptive", display: "omitted" }, output_config: { effort } },
    });
  }
});

Deno.test("thinking-shape keeps the effort that was asked for", () => {
  assertMends(thinkingShape, OPUS, {
    before: { thinking: { type: "enabled" }, output_config: { effort: "max", format: null } },
    after: { thinking: { type: "adaptive" }, output_config: { effort: "max", format: null } },
  });
  assertMends(thinkingShape, OPUS, {
    before: { thinking: { type: "enabled" }, output_config: { format: null } },
    after: { thinking: { type: "adaptive" }, output_config: { format: null, effort: "high" } },
  });
});

Deno.test("thinking-shape knows the one that cannot stop, and chat without efforts", () => {
  const always = subjectOf("databricks-claude-opus-5-5", { dialect: "anthropic" });
  const off = { thinking: { type: "disabled" } };
  assertMends(thinkingShape, always, {
    before: off,
    after: { thinking: { type: "adaptive" }, output_config: { effort: "low" } },
  });
  assertLeaves(thinkingShape, OPUS, off);
  assertMends(thinkingShape, subjectOf("databricks-claude-sonnet-5"), {
    before: { thinking: { type: "enabled", budget_tokens: 1024 } },
    after: { thinking: { type: "adaptive" } },
  });
});

Deno.test("thinking-shape leaves older models and other values alone", () => {
  assertLeaves(thinkingShape, OPUS, { thinking: { type: "adaptive" } });
  assertLeaves(thinkingShape, OPUS, { thinking: null });
  assertServesNot(
    thinkingShape,
    subjectOf("databricks-claude-opus-4-6"),
    subjectOf("databricks-claude-sonnet-4-6"),
    subjectOf("databricks-gpt-5-5"),
  );
});

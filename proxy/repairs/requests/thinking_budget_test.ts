import {
  assertLeaves,
  assertMends,
  assertServesNot,
  frozen,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import { thinkingBudget } from "./thinking_budget.ts";

const SONNET = subjectOf("databricks-claude-sonnet-4-5", { dialect: "anthropic" });

Deno.test("thinking-budget makes room for the answer", () => {
  assertMends(thinkingBudget, SONNET, {
    before: { max_tokens: 1000, thinking: { type: "enabled", budget_tokens: 2000 } },
    after: { max_tokens: 3000, thinking: { type: "enabled", budget_tokens: 2000 } },
  });
  assertMends(thinkingBudget, SONNET, {
    before: { max_tokens: 1024, thinking: { type: "enabled", budget_tokens: 10 } },
    after: { max_tokens: 2048, thinking: { type: "enabled", budget_tokens: 1024 } },
  });
  assertMends(thinkingBudget, SONNET, {
    before: { max_tokens: 0, thinking: { type: "enabled", budget_tokens: 1024 } },
    after: { max_tokens: 1025, thinking: { type: "enabled", budget_tokens: 1024 } },
  });
});

Deno.test("thinking-budget leaves what fits, and what is none", () => {
  const thinking = frozen({ type: "enabled", budget_tokens: 1024 });
  assertLeaves(thinkingBudget, SONNET, { max_tokens: 1025, thinking });
  assertLeaves(thinkingBudget, SONNET, { thinking });
  assertLeaves(thinkingBudget, SONNET, { max_tokens: 1, thinking: { type: "disabled" } });
  assertLeaves(thinkingBudget, SONNET, { max_tokens: 1, thinking: { type: "enabled" } });
  assertServesNot(
    thinkingBudget,
    subjectOf("databricks-claude-opus-4-8"),
    subjectOf("databricks-gpt-5-5"),
  );
});

import {
  assertLeaves,
  assertMends,
  assertServesNot,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import { effortValues } from "./effort_values.ts";

function assertEffort(model: string, before: string, after: string): void {
  assertMends(effortValues, subjectOf(model), {
    before: { reasoning_effort: before },
    after: { reasoning_effort: after },
  });
}

Deno.test("effort-values takes the nearest effort that the model knows", () => {
  assertEffort("databricks-gpt-oss-120b", "minimal", "low");
  assertEffort("databricks-gpt-oss-120b", "none", "low");
  assertEffort("databricks-gpt-oss-20b", "xhigh", "high");
  assertEffort("databricks-gpt-5-mini", "none", "minimal");
  assertEffort("databricks-gpt-5-1", "minimal", "low");
  assertEffort("databricks-gpt-5-1-codex-max", "none", "low");
  assertEffort("databricks-gpt-5-5", "minimal", "low");
  assertEffort("system.ai.gemini-4-carbon", "none", "low");
});

Deno.test("effort-values finds the effort where each dialect has it", () => {
  assertMends(effortValues, subjectOf("databricks-gpt-5-1-codex-mini", { dialect: "responses" }), {
    before: { reasoning: { effort: "xhigh", summary: "auto" } },
    after: { reasoning: { effort: "high", summary: "auto" } },
  });
  assertMends(effortValues, subjectOf("databricks-claude-opus-5-5", { dialect: "anthropic" }), {
    before: { output_config: { effort: "none" } },
    after: { output_config: { effort: "low" } },
  });
});

Deno.test("effort-values leaves alone what is taken, and what it knows nothing of", () => {
  assertLeaves(effortValues, subjectOf("databricks-gpt-5-5"), { reasoning_effort: "none" });
  assertLeaves(effortValues, subjectOf("databricks-gpt-5-5"), { reasoning_effort: "max" });
  assertLeaves(effortValues, subjectOf("databricks-gpt-5-5"), { reasoning_effort: null });
  const responses = subjectOf("databricks-gpt-5-5", { dialect: "responses" });
  assertLeaves(effortValues, responses, { reasoning: null });
  assertServesNot(
    effortValues,
    subjectOf("databricks-claude-opus-4-8"),
    subjectOf("databricks-gpt-5-5-pro"),
    subjectOf("my-endpoint"),
  );
});

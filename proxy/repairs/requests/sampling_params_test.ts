import {
  assertLeaves,
  assertMends,
  assertServesNot,
  frozen,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import { samplingParams } from "./sampling_params.ts";

const OPUS = subjectOf("databricks-claude-opus-4-8");

Deno.test("sampling-params are left out for Claude that takes none", () => {
  const before = frozen({ temperature: 0.2, top_p: 0.9, top_k: 5, max_tokens: 9 });
  for (const model of ["global.anthropic.claude-opus-4-8", "Claude-Fable-5", "claude-opus-5-5"]) {
    assertMends(samplingParams, subjectOf(model), { before, after: { max_tokens: 9 } });
  }
  const anthropic = subjectOf("claude-opus-4-7", { dialect: "anthropic" });
  assertMends(samplingParams, anthropic, { before, after: { max_tokens: 9 } });
  assertLeaves(samplingParams, OPUS, { max_tokens: 9 });
});

Deno.test("sampling-params stay for all others", () => {
  assertServesNot(
    samplingParams,
    subjectOf("databricks-claude-opus-4-6"),
    subjectOf("databricks-claude-opus-4-20250514"),
    subjectOf("databricks-claude-sonnet-4-5"),
    subjectOf("databricks-gpt-5-5"),
    subjectOf(""),
  );
});

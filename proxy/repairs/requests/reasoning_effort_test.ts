import {
  assertLeaves,
  assertMends,
  assertServesNot,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import { reasoningEffort } from "./reasoning_effort.ts";

const GPT = subjectOf("databricks-gpt-5-5");
const tools = [{ type: "function", function: { name: "f" } }];

Deno.test("reasoning-effort is left out beside tools of GPT", () => {
  assertMends(reasoningEffort, GPT, {
    before: { reasoning_effort: "high", tools },
    after: { tools },
  });
});

Deno.test("reasoning-effort stays where there are no tools, and for all others", () => {
  assertLeaves(reasoningEffort, GPT, { reasoning_effort: "high" });
  assertLeaves(reasoningEffort, GPT, { reasoning_effort: "high", tools: [] });
  assertLeaves(reasoningEffort, GPT, { reasoning_effort: "high", tools: null });
  assertServesNot(
    reasoningEffort,
    subjectOf("databricks-gpt-oss-120b"),
    subjectOf("databricks-claude-opus-4-8"),
    subjectOf(""),
    subjectOf("databricks-gpt-5-5", { dialect: "responses" }),
  );
});

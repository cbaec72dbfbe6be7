import {
  assertLeaves,
  assertMends,
  assertServesNot,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import { strictTools } from "./strict_tools.ts";

Deno.test("strict-tools takes strict out of functions for all but GPT", () => {
  const tool = {
    type: "function",
    function: { name: "f", strict: true, parameters: { strict: 1 } },
  };
  const clean = { type: "function", function: { name: "f", parameters: { strict: 1 } } };
  const subject = subjectOf("databricks-claude-opus-4-8");
  assertMends(strictTools, subject, {
    before: { tools: [tool, null, clean] },
    after: { tools: [clean, null, clean] },
  });
  assertLeaves(strictTools, subject, { tools: [clean, { function: null }], strict: true });
  assertServesNot(strictTools, subjectOf("databricks-gpt-5-5"));
});

Deno.test("strict-tools takes strict out of every Anthropic tool, and of no schema", () => {
  const schema = { type: "object", properties: { strict: { type: "boolean" } } };
  for (const model of ["any", "databricks-claude-opus-4-8", "databricks-gpt-5-5"]) {
    assertMends(strictTools, subjectOf(model, { dialect: "anthropic" }), {
      before: { tools: [{ name: "f", strict: true, input_schema: schema }] },
      after: { tools: [{ name: "f", input_schema: schema }] },
    });
  }
});

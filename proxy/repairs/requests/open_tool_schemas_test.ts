import {
  assertLeaves,
  assertMends,
  assertServesNot,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import type { JsonObject } from "../json.ts";
import { openToolSchemas } from "./open_tool_schemas.ts";

const body = (path: JsonObject) => ({
  tools: [{
    type: "function",
    function: { name: "a", parameters: { type: "object", properties: { path } } },
  }],
});

Deno.test("open-tool-schemas leaves no choices to open models", () => {
  for (const model of ["databricks-gpt-oss-120b", "databricks-meta-llama-3-3-70b-instruct"]) {
    assertMends(openToolSchemas, subjectOf(model), {
      before: body({ oneOf: [{ type: "string", pattern: "^/" }, { type: "null" }] }),
      after: body({ type: "string" }),
    });
    assertLeaves(openToolSchemas, subjectOf(model), body({ type: "string", minLength: 1 }));
  }
});

Deno.test("open-tool-schemas serves nobody else", () => {
  assertServesNot(
    openToolSchemas,
    subjectOf("databricks-claude-opus-4-8"),
    subjectOf("databricks-gpt-5-5"),
    subjectOf("databricks-gemini-3-pro"),
    subjectOf("my-endpoint"),
  );
});

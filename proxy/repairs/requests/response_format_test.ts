import {
  assertLeaves,
  assertMends,
  assertServesNot,
  frozen,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import { responseFormat } from "./response_format.ts";

const before = frozen({ response_format: { type: "json_object" }, n: 1 });

Deno.test("response-format is left out where Claude refuses it", () => {
  for (const model of ["databricks-claude-sonnet-5-5", "databricks-claude-fable-5-1"]) {
    assertMends(responseFormat, subjectOf(model), { before, after: { n: 1 } });
  }
  const stream = subjectOf("databricks-claude-sonnet-4-5", { isStream: true });
  assertMends(responseFormat, stream, { before, after: { n: 1 } });
  assertLeaves(responseFormat, stream, { n: 1 });
});

Deno.test("response-format stays where it is emulated or known", () => {
  assertServesNot(
    responseFormat,
    subjectOf("databricks-claude-sonnet-4-5"),
    subjectOf("databricks-claude-fable-5"),
    subjectOf("databricks-gpt-5-5", { isStream: true }),
  );
});

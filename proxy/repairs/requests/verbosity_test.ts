import {
  assertLeaves,
  assertMends,
  assertServesNot,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import { verbosity } from "./verbosity.ts";

Deno.test("verbosity is left out for models that are not OpenAI's", () => {
  const subject = subjectOf("databricks-claude-opus-4-8");
  assertMends(verbosity, subject, { before: { verbosity: "low", n: 1 }, after: { n: 1 } });
  assertLeaves(verbosity, subject, { text: { verbosity: "low" } });
  assertServesNot(verbosity, subjectOf("databricks-gpt-5-5"), subjectOf("my-endpoint"));
});

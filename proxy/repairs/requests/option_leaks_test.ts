import {
  assertLeaves,
  assertMends,
  assertServesNot,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import { optionLeaks } from "./option_leaks.ts";

Deno.test("option-leaks leaves out what leaked from a config, for every model", () => {
  for (const model of ["databricks-gpt-5-5", "databricks-claude-opus-4-8", ""]) {
    assertMends(optionLeaks, subjectOf(model), {
      before: { reasoningSummary: "auto", textVerbosity: "low", $schema: "x", top_p: 1 },
      after: { top_p: 1 },
    });
  }
  assertLeaves(optionLeaks, subjectOf("m"), { messages: [{ reasoningSummary: "auto" }] });
});

Deno.test("option-leaks leaves Gemini's own spelling alone", () => {
  assertServesNot(optionLeaks, subjectOf("databricks-gemini-3-pro", { dialect: "gemini" }));
});

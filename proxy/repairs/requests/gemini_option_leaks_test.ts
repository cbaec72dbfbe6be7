import { assertLeaves, assertMends, subjectOf } from "../../../tests/support/repair_check.ts";
import { geminiOptionLeaks } from "./gemini_option_leaks.ts";

const GEMINI = subjectOf("databricks-gemini-3-pro", { dialect: "gemini" });

Deno.test("gemini-option-leaks leaves out what is OpenAI's", () => {
  for (const key of ["generationConfig", "generation_config"]) {
    assertMends(geminiOptionLeaks, GEMINI, {
      before: {
        $schema: "s",
        "stream_options": {},
        contents: [],
        [key]: { temperature: 1, "stream_options": { "include_usage": true }, streamOptions: {} },
      },
      after: { contents: [], [key]: { temperature: 1 } },
    });
  }
  assertLeaves(geminiOptionLeaks, GEMINI, {
    contents: [{ parts: [{ functionCall: { args: { $schema: 1, "stream_options": 2 } } }] }],
    generationConfig: null,
  });
});

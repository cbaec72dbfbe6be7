import {
  assertLeaves,
  assertMends,
  assertServesNot,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import { strictOption } from "./strict_option.ts";

Deno.test("strict-option leaves out the strict of a whole request, and no other", () => {
  const tools = [{ type: "function", function: { name: "f", strict: true } }];
  assertMends(strictOption, subjectOf("databricks-gpt-5-5"), {
    before: { strict: false, tools },
    after: { tools },
  });
  assertLeaves(strictOption, subjectOf("databricks-gpt-5-5"), { tools });
  assertServesNot(strictOption, subjectOf("databricks-gemini-3-pro", { dialect: "gemini" }));
});

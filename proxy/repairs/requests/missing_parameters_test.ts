import {
  assertLeaves,
  assertMends,
  assertServesNot,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import { missingParameters } from "./missing_parameters.ts";

const SUBJECT = subjectOf("databricks-claude-opus-4-8");
const nothing = { type: "object", properties: {}, required: [] };

Deno.test("missing-parameters says that a tool takes nothing", () => {
  assertMends(missingParameters, SUBJECT, {
    before: { tools: [{ function: { name: "a" } }, { function: { name: "b", parameters: {} } }] },
    after: {
      tools: [
        { function: { name: "a", parameters: nothing } },
        { function: { name: "b", parameters: nothing } },
      ],
    },
  });
});

Deno.test("missing-parameters leaves schemas alone, and GPT", () => {
  const parameters = { type: "object", properties: { a: { type: "string" } } };
  assertLeaves(missingParameters, SUBJECT, {
    tools: [{ function: { name: "a", parameters } }, { function: null }, "x", { type: "b" }],
  });
  assertServesNot(missingParameters, subjectOf("databricks-gpt-5-5"));
});

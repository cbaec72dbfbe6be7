import {
  assertLeaves,
  assertMends,
  assertServesNot,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import { reasoningObject } from "./reasoning_object.ts";

const SUBJECT = subjectOf("databricks-claude-opus-4-8");

Deno.test("reasoning-object makes an effort a string", () => {
  assertMends(reasoningObject, SUBJECT, {
    before: { reasoning_effort: { effort: "high", summary: "auto" } },
    after: { reasoning_effort: "high" },
  });
  assertMends(reasoningObject, SUBJECT, {
    before: { reasoning: { effort: "low" } },
    after: { reasoning_effort: "low" },
  });
});

Deno.test("reasoning-object leaves out an object that names no effort", () => {
  assertMends(reasoningObject, SUBJECT, {
    before: { reasoning_effort: { summary: "auto" } },
    after: {},
  });
  assertMends(reasoningObject, SUBJECT, {
    before: { reasoning_effort: { summary: "auto" }, reasoning: { effort: "low" } },
    after: { reasoning_effort: "low" },
  });
});

Deno.test("reasoning-object prefers the effort that is a string already", () => {
  assertMends(reasoningObject, SUBJECT, {
    before: { reasoning: { effort: "low" }, reasoning_effort: "high" },
    after: { reasoning_effort: "high" },
  });
  assertMends(reasoningObject, SUBJECT, { before: { reasoning: { enabled: true } }, after: {} });
});

Deno.test("reasoning-object leaves strings and other dialects alone", () => {
  assertLeaves(reasoningObject, SUBJECT, { reasoning_effort: "high", reasoning: null });
  assertLeaves(reasoningObject, SUBJECT, { reasoning_effort: ["high"] });
  assertServesNot(reasoningObject, subjectOf("databricks-gpt-5-5", { dialect: "responses" }));
});

import {
  assertLeaves,
  assertMends,
  assertServesNot,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import { store } from "./store.ts";

Deno.test("store is left out on the MLflow route", () => {
  for (const mode of ["ai-gateway", "gateway-host"] as const) {
    const subject = subjectOf("databricks-claude-opus-4-8", { mode });
    assertMends(store, subject, { before: { store: false, n: 1 }, after: { n: 1 } });
    assertLeaves(store, subject, { n: 1, messages: [{ store: true }] });
  }
});

Deno.test("store is OpenAI's own on other routes", () => {
  assertServesNot(
    store,
    subjectOf("databricks-gpt-5-5", { mode: "serving-endpoints" }),
    subjectOf("databricks-gpt-5-5", { dialect: "responses" }),
  );
});

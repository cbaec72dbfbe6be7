import {
  assertLeaves,
  assertMends,
  assertServesNot,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import { deferLoading } from "./defer_loading.ts";

Deno.test("defer-loading is taken out of tools of the classic endpoints alone", () => {
  const subject = subjectOf("databricks-claude-opus-4-8", {
    dialect: "anthropic",
    mode: "serving-endpoints",
  });
  assertMends(deferLoading, subject, {
    before: { tools: [{ name: "a", defer_loading: true }] },
    after: { tools: [{ name: "a" }] },
  });
  assertLeaves(deferLoading, subject, { tools: null });
  assertServesNot(deferLoading, { ...subject, mode: "ai-gateway" });
});

import {
  assertLeaves,
  assertMends,
  assertServesNot,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import { eagerInputStreaming } from "./eager_input_streaming.ts";

Deno.test("eager-input-streaming is taken out of tools", () => {
  const subject = subjectOf("databricks-claude-opus-4-8", { dialect: "anthropic" });
  assertMends(eagerInputStreaming, subject, {
    before: { tools: [{ name: "a", eager_input_streaming: true }, { name: "b" }] },
    after: { tools: [{ name: "a" }, { name: "b" }] },
  });
  assertLeaves(eagerInputStreaming, subject, { tools: ["a", null, { name: "b" }] });
  assertServesNot(eagerInputStreaming, subjectOf("databricks-claude-opus-4-8"));
});

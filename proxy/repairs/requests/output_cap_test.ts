import {
  assertLeaves,
  assertMends,
  assertServesNot,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import { outputCap } from "./output_cap.ts";

Deno.test("output-cap lowers a limit that GLM refuses", () => {
  const glm = subjectOf("system.ai.glm-5-3");
  assertMends(outputCap, glm, { before: { max_tokens: 32_000 }, after: { max_tokens: 25_000 } });
  assertLeaves(outputCap, glm, { max_tokens: 100 });
  assertLeaves(outputCap, glm, { max_tokens: 25_000 });
  assertLeaves(outputCap, glm, { max_tokens: "32000" });
  assertServesNot(outputCap, subjectOf("databricks-claude-opus-4-8"), subjectOf("my-glmx"));
});

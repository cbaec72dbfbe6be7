import {
  assertLeaves,
  assertMends,
  assertServesNot,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import { temperatureOrTopP } from "./temperature_or_top_p.ts";

const SONNET = subjectOf("databricks-claude-sonnet-4-5");

Deno.test("temperature-or-top-p keeps the temperature", () => {
  assertMends(temperatureOrTopP, SONNET, {
    before: { temperature: 0.2, top_p: 0.9 },
    after: { temperature: 0.2 },
  });
});

Deno.test("temperature-or-top-p leaves one of them alone", () => {
  assertLeaves(temperatureOrTopP, SONNET, { top_p: 0.9 });
  assertLeaves(temperatureOrTopP, SONNET, { temperature: null, top_p: 0.9 });
  assertServesNot(
    temperatureOrTopP,
    subjectOf("databricks-claude-sonnet-4"),
    subjectOf("databricks-claude-opus-4-8"),
    subjectOf("databricks-gpt-5-5"),
  );
});

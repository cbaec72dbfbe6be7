import {
  assertLeaves,
  assertMends,
  assertServesNot,
  frozen,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import { streamOptions } from "./stream_options.ts";

const OPEN = subjectOf("databricks-gpt-oss-120b");

Deno.test("stream-options leaves them out for open-weight models and Gemini", () => {
  const before = frozen({ model: "m", stream: true, stream_options: { include_usage: true } });
  assertMends(streamOptions, OPEN, { before, after: { model: "m", stream: true } });
  const gemini = subjectOf("databricks-gemini-3-pro");
  assertMends(streamOptions, gemini, { before, after: { model: "m", stream: true } });
  assertLeaves(streamOptions, OPEN, { model: "m", messages: [{ stream_options: 1 }] });
});

Deno.test("stream-options keeps them where they bring usage", () => {
  assertServesNot(
    streamOptions,
    subjectOf("databricks-claude-opus-4-8"),
    subjectOf("databricks-gpt-5-5"),
    subjectOf("my-endpoint"),
    subjectOf("databricks-gpt-oss-120b", { dialect: "responses" }),
  );
});

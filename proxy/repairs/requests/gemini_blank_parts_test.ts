import { assertLeaves, assertMends, subjectOf } from "../../../tests/support/repair_check.ts";
import { geminiBlankParts } from "./gemini_blank_parts.ts";

const GEMINI = subjectOf("databricks-gemini-3-pro", { dialect: "gemini" });
const ask = { role: "user", parts: [{ text: "go" }] };

Deno.test("gemini-blank-parts leaves out parts and turns that say nothing", () => {
  assertMends(geminiBlankParts, GEMINI, {
    before: {
      systemInstruction: { parts: [{ text: "" }] },
      contents: [
        ask,
        { role: "model", parts: [{ text: " \n" }, { text: "a" }, {}] },
        { role: "model", parts: [] },
        { role: "model" },
        { role: "model", parts: [{ text: "", thought: true }] },
        { role: "user", parts: [{ text: "b" }] },
      ],
    },
    after: {
      contents: [
        ask,
        { role: "model", parts: [{ text: "a" }] },
        { role: "user", parts: [{ text: "b" }] },
      ],
    },
  });
});

Deno.test("gemini-blank-parts leaves what says something, and what it cannot read", () => {
  const rows = [
    { contents: [ask, { role: "model", parts: [{ text: "", thoughtSignature: "s" }] }] },
    { contents: [{ role: "user", parts: [{ inlineData: { data: "" } }] }] },
    { contents: [{ role: "user", parts: [{ text: "" }] }] },
    { contents: [null, 1, { parts: {} }, { parts: [null, 1] }] },
    { contents: null, systemInstruction: "a" },
    {},
  ];
  for (const body of rows) assertLeaves(geminiBlankParts, GEMINI, body);
});

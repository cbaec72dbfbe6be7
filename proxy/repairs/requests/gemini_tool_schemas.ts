/**
 * Tool schemas for Gemini.
 *
 * @module
 */

import type { RequestRepair, Subject } from "../repair.ts";
import { toGeminiSchema } from "../schemas/gemini_schema.ts";
import { mapToolSchemas, SCHEMA_KEYS } from "../schemas/tools.ts";

/** `parametersJsonSchema` stays: that is where Gemini takes any JSON Schema. */
export const geminiToolSchemas: RequestRepair = {
  name: "gemini-tool-schemas",
  summary: "Tool schemas are written in the words that Gemini's own schemas have.",
  evidence: "https://github.com/block/goose/issues/8042",
  dialects: ["chat", "responses", "anthropic", "gemini"],
  serves: isGemini,
  mend: (body, { dialect }) =>
    mapToolSchemas(
      body,
      { dialect, keys: SCHEMA_KEYS[dialect] },
      (schema) => toGeminiSchema(schema, dialect === "gemini" ? "full" : "plain"),
    ),
};

/** Whether a Gemini model answers. */
function isGemini({ dialect, family }: Subject): boolean {
  return dialect === "gemini" || family === "gemini";
}

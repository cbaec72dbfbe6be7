/**
 * Tool schemas for open models.
 *
 * @module
 */

import type { RequestRepair } from "../repair.ts";
import { toOpenSchema } from "../schemas/open_schema.ts";
import { mapToolSchemas, SCHEMA_KEYS } from "../schemas/tools.ts";

/** Choices, references and patterns in tools. */
export const openToolSchemas: RequestRepair = {
  name: "open-tool-schemas",
  summary: "Tool schemas of open models get no choices, references or patterns.",
  evidence: "https://docs.databricks.com/aws/en/machine-learning/model-serving/function-calling",
  dialects: ["chat", "responses"],
  serves: ({ family }) => family === "open",
  mend: (body, { dialect }) =>
    mapToolSchemas(body, { dialect, keys: SCHEMA_KEYS[dialect] }, toOpenSchema),
};

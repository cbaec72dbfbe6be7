import { mapFunctions } from "../drop_keys.ts";
import { get, type JsonObject, withEntry } from "../json.ts";
import type { RequestRepair } from "../repair.ts";
import { isBare, surveyTools } from "../surveys/tools_survey.ts";

const NOTHING: JsonObject = { type: "object", properties: {}, required: [] };

/** A tool that takes nothing still needs a schema that says so. */
export const missingParameters: RequestRepair = {
  name: "missing-parameters",
  summary: "A tool without a schema of its parameters gets an empty one; GPT needs none.",
  evidence:
    "https://github.com/block/goose/blob/main/crates/goose/src/providers/formats/databricks.rs",
  dialects: ["chat"],
  serves: ({ family }) => family !== "gpt",
  mend(body) {
    if (!surveyTools(body).hasBare) return body;
    return mapFunctions(
      body,
      (fn) => isBare(get(fn, "parameters")) ? withEntry(fn, "parameters", NOTHING) : fn,
    );
  },
};

import { mapFunctions } from "../drop_keys.ts";
import { get, isObject, type JsonObject, withEntry } from "../json.ts";
import type { RequestRepair } from "../repair.ts";

const NOTHING: JsonObject = { type: "object", properties: {}, required: [] };

/** A tool that takes nothing still needs a schema that says so. */
export const missingParameters: RequestRepair = {
  name: "missing-parameters",
  summary: "A tool without a schema of its parameters gets an empty one; GPT needs none.",
  evidence:
    "https://github.com/block/goose/blob/main/crates/goose/src/providers/formats/databricks.rs",
  dialects: ["chat"],
  serves: ({ family }) => family !== "gpt",
  mend: (body) =>
    mapFunctions(body, (fn) => {
      const parameters = get(fn, "parameters");
      const isMissing = parameters === undefined || parameters === null ||
        (isObject(parameters) && Object.keys(parameters).length === 0);
      return isMissing ? withEntry(fn, "parameters", NOTHING) : fn;
    }),
};

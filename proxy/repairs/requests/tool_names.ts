import type { Dialect } from "../../../workspace/endpoints.ts";
import { mapAskedNames } from "../names/asked_names.ts";
import { hasForeignName } from "../names/foreign_names.ts";
import { renamesOf, takenName } from "../names/tool_names.ts";
import type { RequestRepair } from "../repair.ts";

/** The dialects whose names are mapped: all. */
export const NAMED_DIALECTS: readonly Dialect[] = ["chat", "responses", "anthropic", "gemini"];

/** `Invalid 'tools[21].function.name': string does not match pattern`. */
export const toolNames: RequestRepair = {
  name: "tool-names",
  summary:
    "Names of tools that endpoints refuse become ones that they take, and come back as they were.",
  evidence: "https://github.com/databricks/databricks-ai-bridge/pull/78",
  dialects: NAMED_DIALECTS,
  serves: () => true,
  mend(body, { dialect }) {
    if (!hasForeignName(body, dialect)) return body;
    const renames = renamesOf(body, dialect);
    return mapAskedNames(body, dialect, (name) => renames.get(name) ?? takenName(name));
  },
};

import { mapAnsweredNames } from "../names/answered_names.ts";
import { renamesOf } from "../names/tool_names.ts";
import type { JsonObject } from "../json.ts";
import type { AnswerContext, AnswerRepair } from "../repair.ts";
import { NAMED_DIALECTS } from "../requests/tool_names.ts";
import { statelessMachine } from "./stateless.ts";

/** The way back of the request repair of the same name. */
export const answeredToolNames: AnswerRepair = {
  name: "tool-names",
  summary: "Calls name tools as the caller does, where endpoints refuse those names.",
  evidence: "https://github.com/databricks/databricks-ai-bridge/pull/78",
  dialects: NAMED_DIALECTS,
  serves: () => true,
  concerns: (context) => renamesIn(context).size > 0,
  begin(context) {
    const { dialect } = context.subject;
    const names = new Map([...renamesIn(context)].map(([name, other]) => [other, name]));
    const mend = (answer: JsonObject) =>
      mapAnsweredNames(answer, dialect, (name) => names.get(name) ?? name);
    return statelessMachine({ whole: mend, event: mend });
  },
};

function renamesIn({ asked, subject: { dialect } }: AnswerContext): ReadonlyMap<string, string> {
  return asked === null ? new Map() : renamesOf(asked, dialect);
}

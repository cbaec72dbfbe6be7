/**
 * Whether a request names a tool in a way that endpoints refuse: looked at in every request, and
 * hardly ever true, so that nothing is made on the way.
 *
 * @module
 */

import type { Dialect } from "../../../workspace/endpoints.ts";
import type { JsonObject } from "../json.ts";
import { surveyContents } from "../surveys/contents_survey.ts";
import { surveyItems } from "../surveys/items_survey.ts";
import { surveyMessages } from "../surveys/messages_survey.ts";
import { surveyTools } from "../surveys/tools_survey.ts";

/**
 * Whether any name has to be mapped.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { hasForeignName } from "./foreign_names.ts";
 *
 * const call = { role: "assistant", tool_calls: [{ function: { name: "fs.read" } }] };
 * assert(hasForeignName({ messages: [call] }, "chat"));
 * assert(!hasForeignName({ messages: [{ role: "user", name: "jo.doe" }] }, "chat"));
 * ```
 */
export function hasForeignName(body: JsonObject, dialect: Dialect): boolean {
  // Who chooses a tool that is not among those defined has chosen none.
  return surveyTools(body).hasForeignNames || surveyTools(body, "functions").hasForeignNames ||
    HISTORIES[dialect](body);
}

const HISTORIES: Readonly<Record<Dialect, (body: JsonObject) => boolean>> = {
  chat: (body) => surveyMessages(body).hasForeignNames,
  anthropic: (body) => surveyMessages(body).hasForeignNames,
  responses: (body) => surveyItems(body).hasForeignNames,
  gemini: (body) => surveyContents(body).hasForeignNames,
};

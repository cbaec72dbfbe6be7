/**
 * One look at all input items of Responses, as `messages_survey.ts` has for messages.
 *
 * @module
 */

import { get, isArray, isObject, type JsonObject } from "../json.ts";
import { isForeign } from "../names/tool_names.ts";
import { remembering } from "./remembering.ts";

/** What some item has. */
export interface ItemsSurvey {
  /** An `id`. */
  readonly hasIds: boolean;
  /** A `status`. */
  readonly hasStatus: boolean;
  /** A call of a tool whose name endpoints refuse. */
  readonly hasForeignNames: boolean;
}

const NOTHING: ItemsSurvey = { hasIds: false, hasStatus: false, hasForeignNames: false };

const look = remembering((items): ItemsSurvey => {
  let hasIds = false;
  let hasStatus = false;
  let hasForeignNames = false;
  for (const item of items) {
    if (!isObject(item)) continue;
    if (item.id !== undefined) hasIds = true;
    if (item.status !== undefined) hasStatus = true;
    const { type } = item;
    if (type === "function_call" || type === "custom_tool_call") {
      hasForeignNames ||= isForeign(item.name);
    }
  }
  return { hasIds, hasStatus, hasForeignNames };
});

/** What the items of a body have; nothing if it has no list of them. */
export function surveyItems(body: JsonObject): ItemsSurvey {
  const items = get(body, "input");
  return isArray(items) ? look(items) : NOTHING;
}

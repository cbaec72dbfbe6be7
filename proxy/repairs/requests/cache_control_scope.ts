import {
  get,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  mapEntryItems,
  withEntry,
  without,
} from "../json.ts";
import { mapTools } from "../drop_keys.ts";
import { mapMessages } from "../messages.ts";
import type { RequestRepair } from "../repair.ts";
import { surveyMessages } from "../surveys/messages_survey.ts";
import { surveyTools } from "../surveys/tools_survey.ts";

/** `system.2.cache_control.ephemeral.scope: Extra inputs are not permitted`. */
export const cacheControlScope: RequestRepair = {
  name: "cache-control-scope",
  summary: "cache_control may have a type and a time to live, no scope.",
  evidence: "https://github.com/datasciencemonkey/coding-agents-databricks-apps/pull/100",
  dialects: ["anthropic"],
  serves: () => true,
  mend(body) {
    const system = mapEntryItems(body, "system", withoutScope);
    const tools = surveyTools(body).hasScopes ? mapTools(system, unscoped) : system;
    if (!surveyMessages(body).hasScopes) return unscoped(tools);
    return unscoped(
      mapMessages(tools, (message) => mapEntryItems(message, "content", withinBlock)),
    );
  },
};

function unscoped(object: JsonObject): JsonObject {
  const control = get(object, "cache_control");
  return isObject(control)
    ? withEntry(object, "cache_control", without(control, ["scope"]))
    : object;
}

function withoutScope(item: Json): Json {
  return isObject(item) ? unscoped(item) : item;
}

/** A block and, in a result, the blocks in it. */
function withinBlock(block: Json): Json {
  if (!isObject(block)) return block;
  const isNested = isArray(get(block, "content"));
  return unscoped(isNested ? mapEntryItems(block, "content", withoutScope) : block);
}

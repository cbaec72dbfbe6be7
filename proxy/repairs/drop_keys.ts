/**
 * The commonest repair: keys that an endpoint does not know are left out.
 *
 * @module
 */

import { get, isObject, type JsonObject, mapEntryItems, withEntry, without } from "./json.ts";
import type { RequestRepair } from "./repair.ts";
import { surveyTools } from "./surveys/tools_survey.ts";

/** What a repair is apart from how it mends. */
export type RepairHead = Omit<RequestRepair, "mend">;

/**
 * A repair that leaves out keys of the body.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { dropKeys } from "./drop_keys.ts";
 *
 * const subject = { dialect: "chat", mode: "ai-gateway", model: "m", family: "open", isStream: false };
 * const repair = dropKeys(["store"], {
 *   name: "store",
 *   summary: "store is left out",
 *   evidence: "https://example.com/",
 *   dialects: ["chat"],
 *   serves: () => true,
 * });
 * assert.deepEqual(repair.mend({ store: true, n: 1 }, subject as never), { n: 1 });
 * ```
 */
export function dropKeys(keys: readonly string[], head: RepairHead): RequestRepair {
  return { ...head, mend: (body) => without(body, keys) };
}

/** A repair that leaves out options of each tool, of those that the survey looks for. */
export function dropToolOptions(keys: readonly string[], head: RepairHead): RequestRepair {
  const strip = (tool: JsonObject): JsonObject => without(tool, keys);
  return {
    ...head,
    mend: (body) => surveyTools(body).hasOptions ? mapTools(body, strip) : body,
  };
}

/** The body with each of its tools mapped; what is no object in the list stays. */
export function mapTools(body: JsonObject, map: (tool: JsonObject) => JsonObject): JsonObject {
  return mapEntryItems(body, "tools", (tool) => isObject(tool) ? map(tool) : tool);
}

/** The body with the `function` of each of its tools mapped, as chat writes them. */
export function mapFunctions(body: JsonObject, map: (fn: JsonObject) => JsonObject): JsonObject {
  return mapTools(body, (tool) => {
    const fn = get(tool, "function");
    return isObject(fn) ? withEntry(tool, "function", map(fn)) : tool;
  });
}

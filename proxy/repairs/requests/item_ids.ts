import { get, isObject, type Json, mapEntryItems, without } from "../json.ts";
import type { RequestRepair } from "../repair.ts";
import { surveyItems } from "../surveys/items_survey.ts";

const MAX_LENGTH = 64;

/** What ids of these items begin with. */
const PREFIXES: ReadonlyMap<Json | undefined, string> = new Map([
  ["message", "msg"],
  ["function_call", "fc"],
  ["reasoning", "rs"],
]);

/** `Invalid 'input[2].id': string too long. Expected a string with maximum length 64`. */
export const itemIds: RequestRepair = {
  name: "item-ids",
  summary: "Ids that the endpoint gave out but does not take back are left out of replayed items.",
  evidence: "https://github.com/databricks/unity-gateway/issues/99",
  dialects: ["responses"],
  serves: () => true,
  mend(body) {
    if (!surveyItems(body).hasIds) return body;
    return mapEntryItems(body, "input", (item) => {
      if (!isObject(item)) return item;
      const id = get(item, "id");
      const type = get(item, "type");
      // A reference is nothing but its id.
      if (typeof id !== "string" || type === "item_reference") return item;
      const isTaken = id.length <= MAX_LENGTH && id.startsWith(PREFIXES.get(type) ?? "");
      return isTaken ? item : without(item, ["id"]);
    });
  },
};

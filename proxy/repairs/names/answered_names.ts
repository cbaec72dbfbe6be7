/**
 * Where the names of tools stand in answers, whole ones and the events of streams.
 *
 * @module
 */

import type { Dialect } from "../../../workspace/endpoints.ts";
import { get, isObject, type JsonObject, mapEntryItems } from "../json.ts";
import { mapEntry } from "../schemas/tools.ts";
import {
  anthropicBlock,
  mapChatCalls,
  mapItemName,
  mapName,
  mapTurnNames,
  type NameMap,
} from "./asked_names.ts";

/** The answer or event with every name of a tool mapped; the same object if all stayed. */
export function mapAnsweredNames(answer: JsonObject, dialect: Dialect, map: NameMap): JsonObject {
  return WALKS[dialect](answer, map);
}

const WALKS: Readonly<Record<Dialect, (answer: JsonObject, map: NameMap) => JsonObject>> = {
  chat: (answer, map) =>
    mapEntryItems(answer, "choices", (choice) => {
      if (!isObject(choice)) return choice;
      const calls = (message: JsonObject) => mapChatCalls(message, map);
      return mapEntry(mapEntry(choice, "message", calls), "delta", calls);
    }),
  anthropic(answer, map) {
    const begun = mapEntry(answer, "content_block", (block) => anthropicBlock(block, map));
    return mapEntryItems(
      begun,
      "content",
      (block) => isObject(block) ? anthropicBlock(block, map) : block,
    );
  },
  responses(answer, map) {
    const items = (holder: JsonObject) =>
      mapEntryItems(holder, "output", (item) => isObject(item) ? mapItemName(item, map) : item);
    const done = get(answer, "type") === "response.function_call_arguments.done"
      ? mapName(answer, map)
      : answer;
    return items(
      mapEntry(mapEntry(done, "item", (item) => mapItemName(item, map)), "response", items),
    );
  },
  gemini: (answer, map) =>
    mapEntryItems(
      answer,
      "candidates",
      (candidate) =>
        isObject(candidate)
          ? mapEntry(candidate, "content", (turn) => mapTurnNames(turn, map))
          : candidate,
    ),
};

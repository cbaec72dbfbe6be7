/**
 * Where the names of tools stand in requests.
 *
 * @module
 */

import type { Dialect } from "../../../workspace/endpoints.ts";
import {
  get,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  mapEntryItems,
  withEntry,
} from "../json.ts";
import { mapEntry, mapTools } from "../schemas/tools.ts";

/** What a name becomes. */
export type NameMap = (name: string) => string;

/** The body with every name of a tool mapped; the same object if all stayed. */
export function mapAskedNames(body: JsonObject, dialect: Dialect, map: NameMap): JsonObject {
  const defined = mapTools(body, dialect, (tool) => mapName(tool, map));
  return WALKS[dialect](defined, map);
}

const WALKS: Readonly<Record<Dialect, (body: JsonObject, map: NameMap) => JsonObject>> = {
  chat(body, map) {
    const chosen = mapEntry(
      mapEntry(body, "tool_choice", (choice) => chatChoice(choice, map)),
      "function_call",
      (call) => mapName(call, map),
    );
    return mapEntryItems(
      chosen,
      "messages",
      (message) => isObject(message) ? chatMessage(message, map) : message,
    );
  },
  anthropic(body, map) {
    const chosen = mapEntry(body, "tool_choice", (choice) => mapName(choice, map));
    return mapEntryItems(
      chosen,
      "messages",
      (message) =>
        isObject(message)
          ? mapEntryItems(
            message,
            "content",
            (block) => isObject(block) ? anthropicBlock(block, map) : block,
          )
          : message,
    );
  },
  responses(body, map) {
    const chosen = mapEntry(
      body,
      "tool_choice",
      (choice) =>
        mapEntryItems(
          mapName(choice, map),
          "tools",
          (tool) => isObject(tool) ? mapName(tool, map) : tool,
        ),
    );
    return mapEntryItems(chosen, "input", (item) => isObject(item) ? mapItemName(item, map) : item);
  },
  gemini(body, map) {
    const chosen = ["toolConfig", "tool_config"].reduce(
      (next, key) => mapEntry(next, key, (config) => geminiConfig(config, map)),
      body,
    );
    return mapEntryItems(
      chosen,
      "contents",
      (turn) => isObject(turn) ? mapTurnNames(turn, map) : turn,
    );
  },
};

/** The object with its name mapped. */
export function mapName(object: JsonObject, map: NameMap, key = "name"): JsonObject {
  const name = get(object, key);
  return typeof name === "string" ? withEntry(object, key, map(name)) : object;
}

function chatChoice(choice: JsonObject, map: NameMap): JsonObject {
  const tool = (one: Json): Json =>
    isObject(one) ? mapEntry(one, "function", (fn) => mapName(fn, map)) : one;
  const allowed = mapEntry(choice, "allowed_tools", (list) => mapEntryItems(list, "tools", tool));
  return mapEntry(allowed, "function", (fn) => mapName(fn, map));
}

function chatMessage(message: JsonObject, map: NameMap): JsonObject {
  const role = get(message, "role");
  const own = role === "tool" || role === "function" ? mapName(message, map) : message;
  return mapChatCalls(own, map);
}

/** A chat message, whole or a piece of one, with the names of its calls mapped. */
export function mapChatCalls(message: JsonObject, map: NameMap): JsonObject {
  const called = mapEntry(message, "function_call", (fn) => mapName(fn, map));
  return mapEntryItems(
    called,
    "tool_calls",
    (call) => isObject(call) ? mapEntry(call, "function", (fn) => mapName(fn, map)) : call,
  );
}

/** A block of Anthropic's, as both sides write them. */
export function anthropicBlock(block: JsonObject, map: NameMap): JsonObject {
  const type = get(block, "type");
  if (type === "tool_use") return mapName(block, map);
  if (type !== "tool_result") return block;
  // What a search for tools found.
  return mapEntryItems(
    block,
    "content",
    (part) =>
      isObject(part) && get(part, "type") === "tool_reference"
        ? mapName(part, map, "tool_name")
        : part,
  );
}

/** An item of Responses, as both sides write them. */
export function mapItemName(item: JsonObject, map: NameMap): JsonObject {
  const type = get(item, "type");
  return type === "function_call" || type === "custom_tool_call" ? mapName(item, map) : item;
}

/** A turn of Gemini's, as both sides write them. */
export function mapTurnNames(turn: JsonObject, map: NameMap): JsonObject {
  return mapEntryItems(
    turn,
    "parts",
    (part) =>
      isObject(part)
        ? PARTS.reduce((next, key) => mapEntry(next, key, (entry) => mapName(entry, map)), part)
        : part,
  );
}

const PARTS = ["functionCall", "function_call", "functionResponse", "function_response"] as const;

function geminiConfig(config: JsonObject, map: NameMap): JsonObject {
  return ["functionCallingConfig", "function_calling_config"].reduce(
    (next, key) =>
      mapEntry(
        next,
        key,
        (calling) =>
          ["allowedFunctionNames", "allowed_function_names"].reduce((rest, names) => {
            const list = get(rest, names);
            if (!isArray(list)) {
              return rest;
            }
            return mapEntryItems(
              rest,
              names,
              (name) => typeof name === "string" ? map(name) : name,
            );
          }, calling),
      ),
    config,
  );
}

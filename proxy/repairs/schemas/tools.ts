/**
 * Where each dialect has its tools, and their schemas.
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

/**
 * The body with each tool definition mapped, of a dialect: the objects that have a name and
 * parameters. The same object if all stayed.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mapTools } from "./tools.ts";
 *
 * const body = { tools: [{ functionDeclarations: [{ name: "a" }] }] };
 * const mapped = mapTools(body, "gemini", (tool) => ({ ...tool, name: "b" }));
 * assert.deepEqual(mapped, { tools: [{ functionDeclarations: [{ name: "b" }] }] });
 * ```
 */
export function mapTools(
  body: JsonObject,
  dialect: Dialect,
  map: (tool: JsonObject) => JsonObject,
): JsonObject {
  const each = (tool: Json): Json => isObject(tool) ? map(tool) : tool;
  switch (dialect) {
    case "chat":
      return mapEntryItems(
        mapEntryItems(
          body,
          "tools",
          (tool) => isObject(tool) ? mapEntry(tool, "function", map) : tool,
        ),
        "functions",
        each,
      );
    case "anthropic":
      return mapEntryItems(body, "tools", each);
    case "responses":
      // Codex groups tools in namespaces.
      return mapEntryItems(body, "tools", (tool) => {
        if (!isObject(tool)) return tool;
        return isArray(get(tool, "tools")) ? mapEntryItems(tool, "tools", each) : map(tool);
      });
    case "gemini":
      return mapEntryItems(body, "tools", (tool) => {
        if (!isObject(tool)) return tool;
        const camel = mapEntryItems(tool, "functionDeclarations", each);
        return mapEntryItems(camel, "function_declarations", each);
      });
  }
}

/** Under which keys a tool of a dialect has its schemas. */
export const SCHEMA_KEYS: Readonly<Record<Dialect, readonly string[]>> = {
  chat: ["parameters"],
  anthropic: ["input_schema"],
  responses: ["parameters"],
  gemini: ["parameters"],
};

/** The body with the schema of each tool mapped; the same object if all stayed. */
export function mapToolSchemas(
  body: JsonObject,
  options: { readonly dialect: Dialect; readonly keys: readonly string[] },
  map: (schema: JsonObject, key: string) => JsonObject,
): JsonObject {
  return mapTools(body, options.dialect, (tool) => {
    let mapped = tool;
    for (const key of options.keys) {
      mapped = mapEntry(mapped, key, (schema) => map(schema, key));
    }
    return mapped;
  });
}

/** The object with the object under `key` mapped; the same object if there is none. */
export function mapEntry(
  object: JsonObject,
  key: string,
  map: (entry: JsonObject) => JsonObject,
): JsonObject {
  const entry = get(object, key);
  return isObject(entry) ? withEntry(object, key, map(entry)) : object;
}

/**
 * Where schemas stand: in the tools of each dialect, and within one another. Who walks by position
 * cannot mistake a property that is named like a keyword for one.
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

/** Deeper schemas are left alone: no tool has one, and a walker must end. */
export const SCHEMA_DEPTH = 64;

/** Keywords whose value is a schema, or for `items` of old a list of them. */
const ONE = [
  "items",
  "additionalProperties",
  "additionalItems",
  "unevaluatedItems",
  "unevaluatedProperties",
  "propertyNames",
  "contains",
  "not",
  "if",
  "then",
  "else",
  "contentSchema",
] as const;

/** Keywords whose value is a list of schemas. */
const LISTS = ["anyOf", "oneOf", "allOf", "prefixItems"] as const;

/** Keywords whose value has schemas under names of the caller's choice. */
const MAPS = [
  "properties",
  "patternProperties",
  "$defs",
  "definitions",
  "dependentSchemas",
] as const;

/**
 * The schema with each of its own direct parts mapped; the same object if all stayed.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mapParts } from "./positions.ts";
 *
 * const schema = { properties: { items: { type: "string" } } };
 * assert.deepEqual(mapParts(schema, () => ({})), { properties: { items: {} } });
 * ```
 */
export function mapParts(schema: JsonObject, map: (part: JsonObject) => JsonObject): JsonObject {
  const item = (part: Json): Json => isObject(part) ? map(part) : part;
  let mapped = schema;
  for (const key of ONE) {
    const part = get(schema, key);
    if (isObject(part)) mapped = withEntry(mapped, key, map(part));
  }
  if (isArray(get(schema, "items"))) mapped = mapEntryItems(mapped, "items", item);
  for (const key of LISTS) mapped = mapEntryItems(mapped, key, item);
  for (const key of MAPS) {
    const parts = get(schema, key);
    if (isObject(parts)) mapped = withEntry(mapped, key, mapEntries(parts, item));
  }
  return mapped;
}

/**
 * The schema with `map` worked on it and on all schemas in it, outermost first; the same object
 * if nothing changed, or if it is too deep to look at.
 */
export function mapSchemas(
  schema: JsonObject,
  map: (schema: JsonObject) => JsonObject,
): JsonObject {
  let isTooDeep = false;
  const walk = (part: JsonObject, depth: number): JsonObject => {
    isTooDeep ||= depth > SCHEMA_DEPTH;
    return isTooDeep ? part : mapParts(map(part), (inner) => walk(inner, depth + 1));
  };
  const mapped = walk(schema, 0);
  return isTooDeep ? schema : mapped;
}

/** Whether `test` holds for the schema or for any in it. Does not recurse. */
export function anySchema(schema: JsonObject, test: (schema: JsonObject) => boolean): boolean {
  const open: JsonObject[] = [schema];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (test(next)) return true;
    mapParts(next, (part) => {
      open.push(part);
      return part;
    });
  }
  return false;
}

/** The object with each value mapped; the same object if all stayed. */
export function mapEntries(
  object: JsonObject,
  map: (value: Json, key: string) => Json,
): JsonObject {
  let isSame = true;
  const entries = Object.entries(object).map(([key, value]): [string, Json] => {
    const mapped = map(value, key);
    isSame &&= mapped === value;
    return [key, mapped];
  });
  return isSame ? object : Object.fromEntries(entries);
}

/** Whether any object is deeper than tools' schemas are. Does not recurse. */
export function isTooDeep(value: Json): boolean {
  let level: Json[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    // A schema under a name is two objects down.
    if (depth > 2 * SCHEMA_DEPTH) return true;
    const next: Json[] = [];
    for (const item of level) {
      if (typeof item !== "object" || item === null) continue;
      for (const inner of isArray(item) ? item : Object.values(item)) {
        if (typeof inner === "object" && inner !== null) next.push(inner);
      }
    }
    level = next;
  }
  return false;
}

/**
 * The body with each tool definition mapped, of a dialect: the objects that have a name and
 * parameters. The same object if all stayed.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mapTools } from "./positions.ts";
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

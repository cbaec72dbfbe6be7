/**
 * Schemas with what they refer to written in place, for endpoints that know no references.
 * Left out without that, a tool's parameters would be anything.
 *
 * @module
 */

import { get, isArray, isObject, type Json, type JsonObject, without } from "../json.ts";
import { anyKeyword, mapParts, SCHEMA_DEPTH } from "./positions.ts";

/** How many schemas references may grow to in one tool, since they can double at each step. */
const NODES = 2000;

/** Below this, references are not followed: what comes out must not be too deep to look at. */
const DEPTH = SCHEMA_DEPTH / 2;

const DEFINITIONS = ["$defs", "definitions"] as const;

/**
 * The schema without references and definitions; the same object if it has none. A schema that
 * is part of itself becomes an object of any kind where it begins anew.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { inlineRefs } from "./inline_refs.ts";
 *
 * const schema = {
 *   properties: { a: { $ref: "#/$defs/A", description: "the first" } },
 *   $defs: { A: { type: "string" } },
 * };
 * assert.deepEqual(inlineRefs(schema), {
 *   properties: { a: { type: "string", description: "the first" } },
 * });
 * ```
 */
export function inlineRefs(root: JsonObject): JsonObject {
  if (!anyKeyword(root, isReference)) return root;
  let nodes = 0;
  const expand = (schema: JsonObject, open: readonly string[], depth: number): JsonObject => {
    if (open.length > 1) nodes++;
    const bare = without(schema, DEFINITIONS);
    const ref = get(bare, "$ref");
    const rest = without(bare, ["$ref"]);
    const target = typeof ref === "string" ? targetOf(root, ref) : null;
    const parts = (whole: JsonObject) => mapParts(whole, (part) => expand(part, open, depth + 1));
    if (target === null || typeof ref !== "string") return parts(rest);
    if (open.includes(ref) || depth > DEPTH || nodes > NODES) {
      return { ...stump(target), ...parts(rest) };
    }
    return expand({ ...target, ...rest }, [...open, ref], depth + 1);
  };
  return expand(root, ["#"], 0);
}

function isReference(keyword: string): boolean {
  return keyword === "$ref" || keyword === "$defs" || keyword === "definitions";
}

/** What can be said of a schema without its parts. */
function stump(schema: JsonObject): JsonObject {
  const type = get(schema, "type");
  const description = get(schema, "description");
  return {
    type: typeof type === "string" ? type : "object",
    ...(typeof description === "string" ? { description } : {}),
  };
}

/** The schema that a reference into the same document means. */
function targetOf(root: JsonObject, ref: string): JsonObject | null {
  if (ref !== "#" && !ref.startsWith("#/")) return null;
  let value: Json | undefined = root;
  for (const part of ref.split("/").slice(1)) {
    const key = unescape(part);
    if (isArray(value)) value = value[Number(key)];
    else value = isObject(value) ? get(value, key) : undefined;
  }
  return isObject(value) ? value : null;
}

function unescape(part: string): string {
  const text = part.replaceAll("~1", "/").replaceAll("~0", "~");
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

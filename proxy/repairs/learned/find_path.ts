/**
 * From the path in an error to the entry of the body that it means. Errors write it in the words
 * of the server: with the index of one item, in snake case, with the tags of unions in between.
 *
 * @module
 */

import { get, isArray, isObject, type Json, type JsonObject } from "../json.ts";
import { type BodyPath, pathText } from "./lesson.ts";
import { OPAQUE } from "./optional.ts";

const STEPS = 16;
const ITEMS = 4096;
const NODES = 50_000;
const DEPTH = 10;

/** Keys behind which a JSON Schema begins. */
export const SCHEMAS: ReadonlySet<string> = new Set([
  "parameters",
  "parametersJsonSchema",
  "parameters_json_schema",
  "input_schema",
]);

/**
 * The steps of a path in any of its spellings.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { pathSteps } from "./find_path.ts";
 *
 * assert.deepEqual(pathSteps("tools[0].custom.strict"), ["tools", "0", "custom", "strict"]);
 * ```
 */
export function pathSteps(text: string): readonly string[] {
  return text.match(/[^.[\]'"`]+/g) ?? [];
}

/**
 * Where in `body` that is; `null` if there is no such entry.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { findPath } from "./find_path.ts";
 *
 * const body = { tools: [{ name: "a", strict: true }] };
 * assert.deepEqual(findPath(body, ["tools", "0", "custom", "strict"]), ["tools", null, "strict"]);
 * assert.equal(findPath(body, ["tools", "0", "name", "strict"]), null);
 * ```
 */
export function findPath(body: JsonObject, steps: readonly string[]): BodyPath | null {
  return steps.length === 0 || steps.length > STEPS ? null : find(body, steps);
}

function find(value: Json, steps: readonly string[]): BodyPath | null {
  const [step, ...rest] = steps;
  if (step === undefined) return [];
  if (isArray(value)) return findInItems(value, step, steps);
  if (!isObject(value)) return null;
  for (const key of spellings(step)) {
    const entry = get(value, key);
    if (entry === undefined) continue;
    const path = find(entry, rest);
    if (path !== null) return [key, ...path];
  }
  // Pydantic writes the tag of a union between (`tools.0.custom.strict`); no body has it.
  return rest.length > 0 && isTag(value, step) ? find(value, rest) : null;
}

function isTag(value: JsonObject, step: string): boolean {
  const type = get(value, "type");
  return type === step || type === undefined && step === "custom" ||
    typeof type === "string" && type.startsWith(step);
}

function findInItems(
  items: readonly Json[],
  step: string,
  steps: readonly string[],
): BodyPath | null {
  const isIndex = /^\d+$/.test(step);
  const rest = isIndex ? steps.slice(1) : steps;
  // Without an index, or where an earlier lesson moved the items, any item that has it will do.
  const named = isIndex ? items[Number(step)] : undefined;
  const path = named === undefined ? null : find(named, rest);
  if (path !== null) return [null, ...path];
  const [key] = rest;
  const other = key === undefined
    ? undefined
    : items.slice(0, ITEMS).find((item) =>
      isObject(item) && spellings(key).some((name) => Object.hasOwn(item, name))
    );
  const found = other === undefined ? null : find(other, rest);
  return found === null ? null : [null, ...found];
}

function spellings(key: string): readonly string[] {
  const camel = key.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  const snake = key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return [...new Set([key, camel, snake])];
}

/**
 * Where a key stands that an error names without its place: the places nearest to the top.
 * Schemas and what tools are given or gave back are not looked into.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { findKey } from "./find_path.ts";
 *
 * const body = { messages: [{ role: "user", content: "a", name: "b" }] };
 * assert.deepEqual(findKey(body, "name"), [["messages", null, "name"]]);
 * ```
 */
export function findKey(body: JsonObject, key: string): readonly BodyPath[] {
  const found = new Map<string, BodyPath>();
  let level: { readonly value: Json; readonly path: BodyPath }[] = [{ value: body, path: [] }];
  let nodes = 0;
  for (let depth = 0; depth < DEPTH && level.length > 0 && found.size === 0; depth++) {
    const next: typeof level = [];
    for (const { value, path } of level) {
      if (++nodes > NODES) return [];
      if (isArray(value)) {
        for (const item of value) {
          if (typeof item === "object") next.push({ value: item, path: [...path, null] });
        }
      } else if (isObject(value)) {
        if (Object.hasOwn(value, key)) found.set(pathText([...path, key]), [...path, key]);
        for (const [name, entry] of Object.entries(value)) {
          const isClosed = SCHEMAS.has(name) || path.length > 0 && OPAQUE.has(name);
          if (typeof entry === "object" && !isClosed) {
            next.push({ value: entry, path: [...path, name] });
          }
        }
      }
    }
    level = next;
  }
  return [...found.values()];
}

/**
 * A lesson put to use on a body.
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
  mapItems,
  withEntry,
  without,
} from "../json.ts";
import { toGeminiSchema } from "../schemas/gemini_schema.ts";
import { mapSchemas } from "../schemas/positions.ts";
import { mapTools, mapToolSchemas } from "../schemas/tools.ts";
import { signUnsigned } from "../signatures/sign_calls.ts";
import type { BodyPath, Lesson } from "./lesson.ts";

/**
 * The body as the lesson wants it; the same object if it has nothing of the kind.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { applyLesson } from "./apply_lesson.ts";
 *
 * const body = { tools: [{ name: "a", strict: true }, { name: "b" }] };
 * assert.deepEqual(
 *   applyLesson(body, { kind: "strip", path: ["tools", null, "strict"] }, "anthropic"),
 *   { tools: [{ name: "a" }, { name: "b" }] },
 * );
 * ```
 */
export function applyLesson(body: JsonObject, lesson: Lesson, dialect: Dialect): JsonObject {
  switch (lesson.kind) {
    case "strip": {
      if (lesson.beside !== undefined && !Object.hasOwn(body, lesson.beside)) return body;
      const { longerThan } = lesson;
      return change(body, lesson.path, (value) => isLonger(value, longerThan) ? undefined : value);
    }
    case "clamp":
      return change(
        body,
        lesson.path,
        (value) => typeof value === "number" && value > lesson.most ? lesson.most : value,
      );
    case "rename": {
      const value = get(body, lesson.from);
      if (value === undefined) return body;
      const rest = without(body, [lesson.from]);
      return Object.hasOwn(body, lesson.to) ? rest : withEntry(rest, lesson.to, value);
    }
    case "keyword":
      return mapToolSchemas(
        body,
        { dialect, keys: [...SCHEMA_KEYS_OF_ALL] },
        (schema) => mapSchemas(schema, (part) => without(part, [lesson.keyword])),
      );
    case "adaptive-thinking": {
      const thinking = get(body, "thinking");
      return isObject(thinking) && get(thinking, "type") === "enabled"
        ? withEntry(body, "thinking", { ...without(thinking, ["budget_tokens"]), type: "adaptive" })
        : body;
    }
    case "plain-parameters":
      return mapTools(body, dialect, (tool) => withPlainParameters(tool, dialect));
    case "sign-calls":
      return signUnsigned(body, dialect);
    case "beta":
      return body;
  }
}

const SCHEMA_KEYS_OF_ALL = [
  "parameters",
  "parametersJsonSchema",
  "parameters_json_schema",
  "input_schema",
  "response",
] as const;

function withPlainParameters(tool: JsonObject, dialect: Dialect): JsonObject {
  const given = get(tool, "parametersJsonSchema") ?? get(tool, "parameters_json_schema");
  if (!isObject(given)) return tool;
  const rest = without(tool, ["parametersJsonSchema", "parameters_json_schema"]);
  const detail = dialect === "gemini" ? "full" : "plain";
  return withEntry(rest, "parameters", toGeminiSchema(given, detail));
}

/** A body changed where `path` leads, in every item of the lists on its way. */
function change(
  value: JsonObject,
  path: BodyPath,
  map: (value: Json) => Json | undefined,
): JsonObject {
  return changeAny(value, path, map) as JsonObject;
}

function changeAny(value: Json, path: BodyPath, map: (value: Json) => Json | undefined): Json {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (step === null) {
    return isArray(value) ? mapItems(value, (item) => changeAny(item, rest, map)) : value;
  }
  if (!isObject(value)) return value;
  const entry = get(value, step);
  // An `item_reference` of the Responses API is nothing but its id.
  if (entry === undefined || get(value, "type") === "item_reference") return value;
  if (rest.length > 0) return withEntry(value, step, changeAny(entry, rest, map));
  const mapped = map(entry);
  return mapped === undefined ? without(value, [step]) : withEntry(value, step, mapped);
}

function isLonger(value: Json, length: number | undefined): boolean {
  return length === undefined || typeof value === "string" && value.length > length;
}

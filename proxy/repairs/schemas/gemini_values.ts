/**
 * Types and values as Gemini writes them.
 *
 * @module
 */

import { get, isArray, isObject, type Json, type JsonObject, without } from "../json.ts";
import { isTypeName } from "./gemini_words.ts";

/** The schema that may be null too. */
export function withNull(schema: JsonObject, isNullable: boolean): JsonObject {
  if (!isNullable) return schema;
  const choices = get(schema, "anyOf");
  return isArray(choices)
    ? { anyOf: choices.filter(isObject).map((choice) => ({ ...choice, nullable: true })) }
    : { ...schema, nullable: true };
}

/** Which keywords say something about one type only. */
const OWN: Readonly<Record<string, readonly string[]>> = {
  array: ["items", "prefixItems", "minItems", "maxItems"],
  object: ["properties", "required", "minProperties", "maxProperties", "propertyOrdering"],
  string: ["enum", "format", "minLength", "maxLength", "pattern"],
};

/** Several types become a choice between them, each with what is said about it. */
export function splitTypes(schema: JsonObject): JsonObject {
  const types = get(schema, "type");
  if (!isArray(types)) return schema;
  const known = [...new Set(types.filter(isTypeName))];
  const isNullable = types.some((type) => typeof type === "string" && /^null$/i.test(type));
  const rest = without(schema, ["type"]);
  if (Object.hasOwn(schema, "anyOf") || Object.hasOwn(schema, "oneOf")) return rest;
  if (known.length < 2) {
    return {
      ...rest,
      ...(known[0] === undefined ? {} : { type: known[0] }),
      ...(isNullable ? { nullable: true } : {}),
    };
  }
  const foreign = (type: string) =>
    Object.entries(OWN).flatMap(([own, keys]) => own === type.toLowerCase() ? [] : keys);
  const variants = known.map((type): JsonObject => ({ ...without(rest, foreign(type)), type }));
  return { anyOf: isNullable ? [...variants, { type: "null" }] : variants };
}

/** Values in words. */
export function listed(values: readonly Json[]): string {
  return `One of: ${values.map((value) => JSON.stringify(value)).join(", ")}`;
}

/** The names that there is a property for; a name without one is refused. */
export function namesOf(value: Json, properties: Json | undefined): Json | undefined {
  if (!isArray(value) || !isObject(properties)) return undefined;
  const names = value.filter((name) => typeof name === "string" && Object.hasOwn(properties, name));
  return names.length === 0 ? undefined : names;
}

/** The values that a schema names. */
export function valuesOf(schema: JsonObject): readonly Json[] {
  const constant = get(schema, "const");
  const values = get(schema, "enum");
  if (constant !== undefined) return [constant];
  return isArray(values) ? values : [];
}

/** The type of texts, as the schema writes it. */
export function stringType(schema: JsonObject): string {
  return get(schema, "type") === "STRING" ? "STRING" : "string";
}

/** Vertex: "schema didn't specify the schema type field". So one is always said. */
export function typeOf(schema: JsonObject, values: readonly Json[]): string {
  const type = get(schema, "type");
  if (isTypeName(type)) return type;
  if (isObject(get(schema, "properties"))) return "object";
  if (get(schema, "items") !== undefined || get(schema, "prefixItems") !== undefined) {
    return "array";
  }
  const value = values.find((value) => value !== null);
  if (typeof value === "number") return values.every(isWhole) ? "integer" : "number";
  if (typeof value === "boolean") return "boolean";
  if (isObject(value) || isObject(get(schema, "additionalProperties"))) return "object";
  if (isArray(value)) return "array";
  return ["minimum", "maximum"].some((key) => typeof get(schema, key) === "number")
    ? "number"
    : "string";
}

function isWhole(value: Json): boolean {
  return value === null || Number.isInteger(value);
}

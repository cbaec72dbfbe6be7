/**
 * The words that Gemini's `Schema` has.
 *
 * @module
 */

import type { Json, JsonObject } from "../json.ts";

/**
 * How much a route takes. `full` is all of Gemini's own, on its own route. `plain` leaves out the
 * bounds that are refused where chat, Anthropic or Responses bodies become Gemini's.
 */
export type GeminiDetail = "full" | "plain";

const PLAIN: ReadonlySet<string> = new Set([
  "type",
  "format",
  "title",
  "description",
  "nullable",
  "enum",
  "properties",
  "required",
  "items",
  "minimum",
  "maximum",
  "default",
  "example",
  "propertyOrdering",
]);

const FULL: ReadonlySet<string> = new Set([
  ...PLAIN,
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
  "minLength",
  "maxLength",
  "pattern",
]);

/** The keywords beside which `anyOf` may not stand. */
export function keywordsOf(detail: GeminiDetail): ReadonlySet<string> {
  return detail === "full" ? FULL : PLAIN;
}

/** For which types `minimum` and `maximum` are taken. */
export const NUMBER_BOUNDS: Readonly<Record<GeminiDetail, ReadonlySet<string>>> = {
  full: new Set(["number", "integer"]),
  plain: new Set(["number"]),
};

const KINDS: ReadonlyMap<unknown, string> = new Map(
  ["string", "number", "integer", "boolean", "array", "object"]
    .flatMap((kind) => [[kind, kind], [kind.toUpperCase(), kind]]),
);

/** The type that a schema says it has, in small letters; Gemini's own clients write capitals. */
export function kindOf(schema: JsonObject): string | null {
  return KINDS.get(schema.type) ?? null;
}

/** Whether that is a type. */
export function isTypeName(value: Json | undefined): value is string {
  return KINDS.has(value);
}

const FORMATS: Readonly<Record<string, readonly string[]>> = {
  string: ["enum", "date-time"],
  number: ["float", "double"],
  integer: ["int32", "int64"],
};

/** Whether a type takes that format: "only 'enum' and 'date-time' are supported for STRING type". */
export function isFormat(format: Json | undefined, kind: string): boolean {
  return typeof format === "string" && (FORMATS[kind]?.includes(format) ?? false);
}

/**
 * Random JSON Schemas as tools have them and worse: properties named like keywords, references in
 * circles, unions of everything.
 *
 * @module
 */

import fc from "fast-check";

/** A schema, of no particular kind. */
export type AnySchema = { readonly [key: string]: unknown };

const NAMES = [
  "path",
  "pattern",
  "$ref",
  "$defs",
  "properties",
  "items",
  "type",
  "anyOf",
  "required",
  "additionalProperties",
  "minLength",
  "constructor",
  "__proto__",
];

const NAME = fc.constantFrom(...NAMES);
const TYPE = fc.constantFrom(
  "string",
  "number",
  "integer",
  "boolean",
  "array",
  "object",
  "null",
  "any",
  "STRING",
);
const REF = fc.constantFrom(
  "#",
  "#/$defs/A",
  "#/$defs/B",
  "#/definitions/C",
  "#/none",
  "other.json",
);

/** Any schema; its definitions stand at the top. */
export function anySchema(): fc.Arbitrary<AnySchema> {
  const { schema } = fc.letrec<{
    schema: AnySchema;
    whole: AnySchema;
    map: AnySchema;
    list: AnySchema[];
  }>((tie) => ({
    // Most have few keywords, or no two would ever meet in a schema that one can read.
    schema: fc.oneof(
      { maxDepth: 3, depthIdentifier: "schema" },
      fc.record({ type: TYPE }, { requiredKeys: [] }) as fc.Arbitrary<AnySchema>,
      tie("whole"),
    ),
    whole: fc.record({
      type: fc.oneof(TYPE, fc.array(TYPE, { maxLength: 3 })),
      $ref: REF,
      $schema: fc.constant("http://json-schema.org/draft-07/schema#"),
      description: fc.oneof(fc.string({ maxLength: 3 }), fc.constant(null)),
      default: fc.jsonValue({ maxDepth: 1 }),
      enum: fc.array(fc.constantFrom("a", "b", "", 1, null), { maxLength: 3 }),
      const: fc.constantFrom(...["a", 1, null, true]),
      format: fc.constantFrom("uri", "date-time", "int64", "enum"),
      nullable: fc.boolean(),
      minimum: fc.nat(9),
      exclusiveMinimum: fc.constantFrom(...[1, true]),
      minLength: fc.nat(9),
      maxItems: fc.nat(9),
      pattern: fc.constant("^a"),
      required: fc.array(NAME, { maxLength: 3 }),
      additionalProperties: fc.oneof(fc.boolean(), tie("schema")),
      properties: tie("map"),
      items: fc.oneof(tie("schema"), tie("list"), fc.boolean()),
      prefixItems: tie("list"),
      anyOf: tie("list"),
      oneOf: tie("list"),
      allOf: tie("list"),
      not: tie("schema"),
    }, { requiredKeys: [] }).chain((schema) => {
      const entries = Object.entries(schema);
      return fc.subarray(entries, { maxLength: Math.min(5, entries.length) })
        .map((some) => Object.fromEntries(some));
    }) as fc.Arbitrary<AnySchema>,
    map: fc.array(fc.tuple(NAME, tie("schema")), { maxLength: 3 }).map(Object.fromEntries),
    list: fc.array(tie("schema"), { maxLength: 3 }),
  }));
  return fc.record({ schema, a: schema, b: schema, c: schema }).map(({ schema, a, b, c }) => ({
    ...schema,
    $defs: { A: a, B: b },
    definitions: { C: c },
  }));
}

import assert from "node:assert/strict";
import fc from "fast-check";
import { anySchema } from "../../../tests/support/strict/any_schema.ts";
import type { JsonObject } from "../json.ts";
import { toOpenSchema } from "./open_schema.ts";

Deno.test("toOpenSchema() leaves one of what a value may be", () => {
  const schema = {
    type: "object",
    properties: {
      pattern: { type: "string", pattern: "^a", minLength: 1 },
      size: { anyOf: [{ type: "integer" }, { type: "null" }], default: null },
      either: { oneOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] },
      pair: { type: "array", prefixItems: [{ type: "string" }, { type: "number" }] },
      point: { $ref: "#/$defs/Point" },
    },
    required: ["pattern"],
    additionalProperties: false,
    anyOf: [{ required: ["size"] }, { required: ["size", "pair"] }],
    $defs: { Point: { allOf: [{ type: "object", properties: { x: { type: "number" } } }] } },
  };
  const repaired = toOpenSchema(schema);
  assert.deepEqual(repaired, {
    type: "object",
    properties: {
      pattern: { type: "string", minLength: 1 },
      size: { type: "integer", default: null },
      either: { type: "string" },
      pair: { type: "array", items: { type: "string" } },
      point: { type: "object", properties: { x: { type: "number" } } },
    },
    required: ["pattern", "size"],
    additionalProperties: false,
  });
  assert.equal(toOpenSchema(repaired), repaired);
});

Deno.test("toOpenSchema() leaves no choice, reference or pattern in any schema", () => {
  const unknown = ["anyOf", "oneOf", "allOf", "prefixItems", "$ref", "pattern"];
  const found = (schema: unknown): readonly string[] => {
    if (typeof schema !== "object" || schema === null) return [];
    if (Array.isArray(schema)) return schema.flatMap(found);
    return Object.entries(schema).flatMap(([key, value]) => {
      if (key === "properties") return Object.values(value).flatMap(found);
      if (["items", "not", "additionalProperties"].includes(key)) return found(value);
      return unknown.includes(key) ? [key] : [];
    });
  };
  fc.assert(
    fc.property(anySchema(), (schema) => {
      const repaired = toOpenSchema(schema as JsonObject);
      assert.deepEqual(found(repaired), []);
      assert.equal(toOpenSchema(repaired), repaired);
    }),
    { numRuns: 200 },
  );
});

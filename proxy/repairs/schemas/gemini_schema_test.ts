import assert from "node:assert/strict";
import fc from "fast-check";
import { anySchema } from "../../../tests/support/strict/any_schema.ts";
import { geminiComplaints } from "../../../tests/support/strict/strict_gemini_schema.ts";
import type { Json, JsonObject } from "../json.ts";
import { toGeminiSchema } from "./gemini_schema.ts";

const object = (properties: JsonObject, rest: JsonObject = {}): JsonObject => ({
  type: "object",
  properties,
  ...rest,
});

/** What a property is, and what Gemini is told that it is. */
const ROWS: readonly (readonly [name: string, before: Json, after: Json])[] = [
  ["null among types", { type: ["string", "null"] }, { type: "string", nullable: true }],
  ["const", { const: "a" }, { type: "string", enum: ["a"] }],
  ["null among values", { enum: ["a", null] }, { type: "string", enum: ["a"], nullable: true }],
  ["a const that is no string", { const: 5 }, { type: "integer", description: "One of: 5" }],
  [
    "values that are no strings",
    { type: "integer", enum: [1, 2], description: "Size." },
    { type: "integer", description: "Size. One of: 1, 2" },
  ],
  [
    "a choice with null",
    { anyOf: [{ type: "string", description: "inner" }, { type: "null" }], description: "outer" },
    { type: "string", description: "outer", nullable: true },
  ],
  [
    "a choice between types",
    { type: ["string", "array"], items: { type: "integer" }, description: "d" },
    {
      anyOf: [
        { description: "d", type: "string" },
        { items: { type: "integer" }, description: "d", type: "array" },
      ],
    },
  ],
  [
    "what holds for every choice",
    { description: "d", anyOf: [{ type: "string" }, { type: "number", description: "e" }] },
    { anyOf: [{ description: "d", type: "string" }, { description: "e", type: "number" }] },
  ],
  [
    "oneOf in anyOf",
    {
      description: "d",
      anyOf: [{ oneOf: [{ type: "string" }, { type: "boolean" }] }, { type: "number" }],
    },
    {
      anyOf: [
        { description: "d", type: "string" },
        { description: "d", type: "boolean" },
        { description: "d", type: "number" },
      ],
    },
  ],
  [
    "allOf",
    {
      allOf: [object({ a: { type: "string" } }, { required: ["a"] })],
      required: ["b"],
      properties: { b: {} },
    },
    {
      type: "object",
      properties: { a: { type: "string" }, b: { type: "string" } },
      required: ["a", "b"],
    },
  ],
  [
    "a choice of what is required",
    object({ a: { type: "string" } }, { anyOf: [{ required: ["a"] }, { required: ["b"] }] }),
    object({ a: { type: "string" } }),
  ],
  ["tuples", { prefixItems: [{ type: "string" }, { type: "string" }] }, {
    type: "array",
    items: { type: "string" },
  }],
  ["lists of anything", { type: "array" }, { type: "array", items: { type: "string" } }],
  ["anything", true, { type: "string" }],
  ["formats", { type: "string", format: "uri" }, { type: "string" }],
  ["validators of strings", { type: "string", minLength: 1, maxLength: 2, pattern: "^a" }, {
    type: "string",
  }],
  [
    "validators of lists",
    { type: "array", items: { type: "string" }, minItems: 1, maxItems: 2, uniqueItems: true },
    { type: "array", items: { type: "string" } },
  ],
  ["bounds of integers", { type: "integer", minimum: 1, maximum: 2, exclusiveMinimum: 0 }, {
    type: "integer",
  }],
  ["bounds of numbers", { type: "number", minimum: 1, maximum: 2, multipleOf: 1 }, {
    type: "number",
    minimum: 1,
    maximum: 2,
  }],
  [
    "names of dictionaries",
    object({}, { propertyNames: {}, patternProperties: { a: {} } }),
    object({}),
  ],
];

for (const [name, before, after] of ROWS) {
  Deno.test(`toGeminiSchema() writes ${name} as Gemini knows it`, () => {
    const schema = object({ a: { type: "string" }, b: before });
    const given = JSON.stringify(schema);
    const repaired = toGeminiSchema(schema, "plain");
    assert.deepEqual(repaired, object({ a: { type: "string" }, b: after }));
    assert.equal(toGeminiSchema(repaired, "plain"), repaired);
    assert.equal(JSON.stringify(schema), given);
  });
}

Deno.test("toGeminiSchema() leaves on Gemini's own route what Gemini knows", () => {
  const schema = object({
    a: { type: "STRING", minLength: 1, pattern: "^a" },
    b: { type: "integer", minimum: 1, maximum: 5 },
    c: { type: "array", items: { type: "string" }, minItems: "1", maxItems: 2 },
    d: { anyOf: [{ type: "string" }, { type: "number" }] },
  }, { required: ["a"], propertyOrdering: ["b", "a"], title: "t" });
  assert.equal(toGeminiSchema(schema, "full"), schema);
});

Deno.test("toGeminiSchema() hands on what fits within what does not", () => {
  const part = object({ b: { type: "array", items: { type: "string" } } });
  const repaired = toGeminiSchema(object({ a: part, c: { type: "string", pattern: "" } }), "plain");
  assert.equal((repaired["properties"] as JsonObject)["a"], part);
});

Deno.test("defect 21: a property that is named like a keyword stays, and so does that it is required", () => {
  const schema = object({
    pattern: { type: "string", pattern: "^a" },
    $ref: { type: "string" },
    additionalProperties: { type: "boolean", default: false },
    minLength: { type: "integer", minLength: 1 },
  }, {
    required: ["pattern", "$ref", "additionalProperties", "gone"],
    additionalProperties: false,
  });
  assert.deepEqual(
    toGeminiSchema(schema, "plain"),
    object({
      pattern: { type: "string" },
      $ref: { type: "string" },
      additionalProperties: { type: "boolean", default: false },
      minLength: { type: "integer" },
    }, { required: ["pattern", "$ref", "additionalProperties"] }),
  );
});

Deno.test("defect 22: what a schema refers to is written in place", () => {
  const schema = object({
    a: { $ref: "#/$defs/Point", description: "where" },
    b: { type: "array", items: { $ref: "#/definitions/Name" } },
    c: { $ref: "#/$defs/Tree" },
  }, {
    $defs: {
      Point: object({ x: { $ref: "#/$defs/Number" } }, { required: ["x"] }),
      Number: { type: "number" },
      Tree: object({ left: { $ref: "#/$defs/Tree" }, value: { type: "string" } }, {
        description: "t",
      }),
    },
    definitions: { Name: { type: "string" } },
  });
  assert.deepEqual(
    toGeminiSchema(schema, "plain"),
    object({
      a: object({ x: { type: "number" } }, { required: ["x"], description: "where" }),
      b: { type: "array", items: { type: "string" } },
      c: object({ left: { type: "object", description: "t" }, value: { type: "string" } }, {
        description: "t",
      }),
    }),
  );
});

Deno.test("defect 23: bounds go from an integer that may be null too", () => {
  const schema = object({ a: { type: ["integer", "null"], minimum: 0, exclusiveMaximum: 9 } });
  assert.deepEqual(
    toGeminiSchema(schema, "plain"),
    object({ a: { type: "integer", nullable: true } }),
  );
});

for (const detail of ["plain", "full"] as const) {
  Deno.test(`toGeminiSchema() makes of any schema what Gemini takes: ${detail}`, () => {
    fc.assert(
      fc.property(anySchema(), (schema) => {
        const given = JSON.stringify(schema);
        const repaired = toGeminiSchema(schema as JsonObject, detail);
        assert.deepEqual(geminiComplaints(repaired, detail), [], JSON.stringify(repaired));
        assert.equal(toGeminiSchema(repaired, detail), repaired, "twice is once");
        assert.equal(JSON.stringify(schema), given, "nobody's schema is written into");
      }),
      { numRuns: 300 },
    );
  });
}

Deno.test("toGeminiSchema() keeps every property that is not within a choice", () => {
  const name = fc.string();
  fc.assert(
    fc.property(fc.dictionary(name, fc.constant({ type: "string", pattern: "" })), (properties) => {
      const schema = object(properties, { required: Object.keys(properties), $schema: "" });
      const repaired = toGeminiSchema(schema, "plain");
      assert.deepEqual(Object.keys(repaired["properties"] ?? {}), Object.keys(properties));
      assert.deepEqual(repaired["required"] ?? [], Object.keys(properties));
    }),
  );
});

Deno.test("toGeminiSchema() ends on schemas made to grow", () => {
  // Each definition has the next one twice: 2^40 schemas.
  const doubling: Record<string, Json> = {};
  for (let index = 0; index < 40; index++) {
    const next = { $ref: `#/$defs/D${index + 1}` };
    doubling[`D${index}`] = object({ a: next, b: next });
  }
  const grown = toGeminiSchema(object({ a: { $ref: "#/$defs/D0" } }, { $defs: doubling }), "plain");
  assert.deepEqual(geminiComplaints(grown, "plain"), []);
  assert(JSON.stringify(grown).length < 1_000_000);
  // Each list of such lists is said in two ways.
  let lists: JsonObject = { type: "string" };
  for (let index = 0; index < 50; index++) {
    lists = { type: ["array", "string"], anyOf: [{}, { type: "array" }], items: lists };
  }
  assert.deepEqual(geminiComplaints(toGeminiSchema(object({ lists }), "plain"), "plain"), []);
  // A long list in each of many choices.
  const texts = Array.from({ length: 4_000 }, (_, index) => `text ${index}`);
  const anyOf = texts.slice(0, 2_000).map((description) => ({ description }));
  const times = toGeminiSchema(object({ a: { enum: texts, anyOf } }), "plain");
  assert.deepEqual(geminiComplaints(times, "plain"), []);
  assert(JSON.stringify(times).length < 1_000_000);
});

Deno.test("toGeminiSchema() folds long lists of choices into one", () => {
  const names = Array.from({ length: 1_000 }, (_, index) => `name${index}`);
  const parts = names.map((name) => object({ [name]: { type: "string" } }, { required: [name] }));
  const string = { type: "string" };
  const all = Object.fromEntries(names.map((name) => [name, string]));
  assert.deepEqual(
    toGeminiSchema({ type: "object", allOf: parts }, "plain"),
    object(all, { required: names }),
  );
  const choice = object({ a: string }, { required: ["a"], anyOf: parts });
  assert.deepEqual(
    toGeminiSchema({ anyOf: [choice, object({ b: string }, { required: ["b", "a"] })] }, "plain"),
    object({ a: string, ...all, b: string }, { required: ["a"] }),
  );
});

Deno.test("toGeminiSchema() leaves schemas alone that no tool has", () => {
  let deep: JsonObject = { type: "string", pattern: "" };
  for (let depth = 0; depth < 100_000; depth++) deep = object({ a: deep });
  assert.equal(toGeminiSchema(deep, "plain"), deep);
  const values = Array.from({ length: 10_000 }, (_, index) => index);
  const long = object({ a: { enum: values } });
  assert.equal(toGeminiSchema(long, "plain"), long);
});

Deno.test("toGeminiSchema() writes a choice within a choice as one", () => {
  const [string, number, boolean] = [{ type: "string" }, { type: "number" }, { type: "boolean" }];
  assert.deepEqual(
    toGeminiSchema(object({ a: { anyOf: [{ anyOf: [string, number] }, boolean] } }), "plain"),
    object({ a: { anyOf: [string, number, boolean] } }),
  );
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { anySchema } from "../../../tests/support/strict/any_schema.ts";
import {
  assertLeaves,
  assertMends,
  assertServesNot,
  mendOnce,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import { geminiComplaints } from "../../../tests/support/strict/strict_gemini_schema.ts";
import type { JsonObject } from "../json.ts";
import { REQUEST_REPAIRS } from "../table.ts";
import { geminiToolSchemas } from "./gemini_tool_schemas.ts";

const MODEL = "databricks-gemini-3-pro";
const CHAT = subjectOf(MODEL);
const ANTHROPIC = subjectOf(MODEL, { dialect: "anthropic" });
const RESPONSES = subjectOf(MODEL, { dialect: "responses" });
const NATIVE = subjectOf(MODEL, { dialect: "gemini" });

/** A tool as an agent that greps has it. */
const BEFORE = {
  $schema: "http://json-schema.org/draft-07/schema#",
  type: "object",
  properties: {
    pattern: { type: "string", minLength: 1 },
    limit: { type: "integer", exclusiveMinimum: 0, minimum: 1 },
    ratio: { type: "number", minimum: 0.5 },
    paths: { type: "array", items: { type: "string", $comment: "c" }, minItems: 1 },
  },
  required: ["pattern"],
  additionalProperties: false,
};
const AFTER = {
  type: "object",
  properties: {
    pattern: { type: "string" },
    limit: { type: "integer" },
    ratio: { type: "number", minimum: 0.5 },
    paths: { type: "array", items: { type: "string" } },
  },
  required: ["pattern"],
};

Deno.test("gemini-tool-schemas rewrites the tools of every dialect", () => {
  const wrap = {
    chat: (parameters: JsonObject) => ({
      tools: [{ type: "function", function: { name: "grep", parameters } }],
    }),
    anthropic: (schema: JsonObject) => ({ tools: [{ name: "grep", "input_schema": schema }] }),
    responses: (parameters: JsonObject) => ({
      tools: [
        { type: "function", name: "grep", parameters },
        { type: "namespace", name: "n", tools: [{ type: "function", name: "grep", parameters }] },
      ],
    }),
  };
  for (const subject of [CHAT, ANTHROPIC, RESPONSES]) {
    const body = wrap[subject.dialect as keyof typeof wrap];
    assertMends(geminiToolSchemas, subject, { before: body(BEFORE), after: body(AFTER) });
  }
});

Deno.test("gemini-tool-schemas keeps on Gemini's own route what that route knows", () => {
  const body = (key: string, parameters: JsonObject) => ({
    tools: [{ [key]: [{ name: "grep", parameters }] }, { googleSearch: {} }],
  });
  const after = {
    ...AFTER,
    properties: {
      pattern: { type: "string", minLength: 1 },
      limit: { type: "integer", minimum: 1 },
      ratio: { type: "number", minimum: 0.5 },
      paths: { type: "array", items: { type: "string" }, minItems: 1 },
    },
  };
  for (const key of ["functionDeclarations", "function_declarations"]) {
    assertMends(geminiToolSchemas, NATIVE, { before: body(key, BEFORE), after: body(key, after) });
  }
});

Deno.test("gemini-tool-schemas leaves parametersJsonSchema, where any JSON Schema is taken", () => {
  assertLeaves(geminiToolSchemas, NATIVE, {
    tools: [{ functionDeclarations: [{ name: "grep", parametersJsonSchema: BEFORE }] }],
  });
});

Deno.test("gemini-tool-schemas leaves what is no schema", () => {
  assertServesNot(
    geminiToolSchemas,
    subjectOf("databricks-claude-opus-4-8"),
    subjectOf("databricks-gpt-5-5"),
    subjectOf("databricks-gpt-oss-120b"),
  );
  const odd = [
    { tools: null },
    { tools: {} },
    { tools: [null, 1, {}, { function: null }, { function: { parameters: null } }] },
    { tools: [{ function: { name: "a" } }] },
    { messages: [{ role: "user", content: "parameters" }] },
  ];
  for (const body of odd) assertLeaves(geminiToolSchemas, CHAT, body);
});

Deno.test("gemini-tool-schemas makes any tools what Gemini takes, whatever the dialect", () => {
  fc.assert(
    fc.property(fc.array(anySchema(), { maxLength: 3 }), (schemas) => {
      const given = schemas as readonly JsonObject[];
      const chat = mendOnce(geminiToolSchemas, CHAT, {
        tools: given.map((parameters) => ({ function: { name: "a", parameters } })),
      });
      const native = mendOnce(geminiToolSchemas, NATIVE, {
        tools: [{ functionDeclarations: given.map((parameters) => ({ name: "a", parameters })) }],
      });
      // deno-lint-ignore no-explicit-any
      const said = (chat as any).tools.flatMap((tool: any) =>
        geminiComplaints(tool.function.parameters, "plain")
      );
      assert.deepEqual(said, []);
      // deno-lint-ignore no-explicit-any
      const saidNative = (native as any).tools[0].functionDeclarations.flatMap((tool: any) =>
        geminiComplaints(tool.parameters, "full")
      );
      assert.deepEqual(saidNative, []);
    }),
    { numRuns: 100 },
  );
});

Deno.test("defect 24: stream_options stay where they bring usage", () => {
  const body = { stream: true, "stream_options": { "include_usage": true }, messages: [] };
  const mendAll = (model: string) =>
    REQUEST_REPAIRS
      .filter((repair) => repair.dialects.includes("chat") && repair.serves(subjectOf(model)))
      .reduce<JsonObject>((next, repair) => repair.mend(next, subjectOf(model)), body);
  for (const model of ["databricks-claude-opus-4-8", "databricks-gpt-5-5"]) {
    assert.deepEqual(mendAll(model)["stream_options"], { "include_usage": true }, model);
  }
  assert.equal(mendAll(MODEL)["stream_options"], undefined);
});

// The rows of the tests that the first of these filters had, facts/upstream.md §8.
const clean = (parameters: JsonObject): unknown => {
  const mended = mendOnce(geminiToolSchemas, CHAT, {
    tools: [{ function: { name: "a", parameters } }],
  });
  // deno-lint-ignore no-explicit-any
  return (mended as any).tools[0].function.parameters;
};
const object = (properties: JsonObject): JsonObject => ({ type: "object", properties });

Deno.test("founding StripUnsupportedSchemaKeys: top level, nested, inside lists, primitives pass", () => {
  assert.deepEqual(
    clean({
      ...object({ a: { type: "string", default: 1 } }),
      $schema: "s",
      $id: "i",
      $comment: "c",
    }),
    object({ a: { type: "string", default: 1 } }),
  );
  assert.deepEqual(
    clean(object({ a: { ...object({ b: { type: "string" } }), additionalProperties: false } })),
    object({ a: object({ b: { type: "string" } }) }),
  );
  assert.deepEqual(
    clean(object({ a: { anyOf: [{ type: "string", $id: "1" }, { type: "number", $id: "2" }] } })),
    object({ a: { anyOf: [{ type: "string" }, { type: "number" }] } }),
  );
});

Deno.test("founding SanitizeToolSchemas: cleans tool parameters, no tools is a no-op", () => {
  assert.deepEqual(clean({ ...object({}), $schema: "s" }), object({}));
  assertLeaves(geminiToolSchemas, CHAT, { model: MODEL, messages: [] });
});

Deno.test("founding GeminiSchemaStripping: validators go at any depth, bounds of numbers stay", () => {
  const validators = {
    exclusiveMinimum: 0,
    exclusiveMaximum: 9,
    multipleOf: 2,
    minimum: 1,
    maximum: 8,
  };
  const lists = { uniqueItems: true, minItems: 1, maxItems: 2, items: { type: "string" } };
  const texts = { minLength: 1, maxLength: 2, pattern: "^a" };
  const sizes = { minProperties: 1, maxProperties: 2, patternProperties: { "^a": {} } };
  assert.deepEqual(
    clean(object({
      inner: {
        ...object({
          i: { type: "integer", ...validators },
          n: { type: "number", ...validators },
          l: { type: "array", ...lists },
          s: { type: "string", ...texts },
        }),
        ...sizes,
      },
    })),
    object({
      inner: object({
        i: { type: "integer" },
        n: { type: "number", minimum: 1, maximum: 8 },
        l: { type: "array", items: { type: "string" } },
        s: { type: "string" },
      }),
    }),
  );
});

Deno.test("founding ToollessRequests: schemas are cleaned with tools, and nothing else is", () => {
  const body = { messages: [{ role: "user", content: "a" }], tools: [] };
  assertLeaves(geminiToolSchemas, CHAT, body);
});

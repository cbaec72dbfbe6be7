/**
 * What the tests of the filter before this one asked of tool schemas, of list contents, and of
 * Gemini's own route (tests/test_content_filter_proxy.py: TestStripUnsupportedSchemaKeys,
 * TestGeminiSchemaStripping, TestContentBlockFlattening and others), each by its name, with what
 * it asserts here. Of those about Gemini's route only the gist of the name is known.
 */

import assert from "node:assert/strict";
import { ANSWER_REPAIRS } from "../proxy/repairs/answer_table.ts";
import { get, isArray, isObject, type Json, type JsonObject } from "../proxy/repairs/json.ts";
import { teach } from "../proxy/repairs/learned/lessons.ts";
import { MachineRow } from "../proxy/repairs/machine_row.ts";
import { readRequest } from "../proxy/repairs/repair_request.ts";
import { findRoute, upstreamUrl } from "../workspace/endpoints.ts";
import { utf8 } from "./support/bytes.ts";
import { CONTEXT } from "./support/chat_stream.ts";
import { mendAll, subjectOf } from "./support/repair_check.ts";

const GEMINI = subjectOf("databricks-gemini-3-pro");
const NATIVE = subjectOf("databricks-gemini-3-pro", { dialect: "gemini" });

/** What Gemini gets for the parameters of a tool. */
function mended(parameters: JsonObject): JsonObject {
  const body = { tools: [{ type: "function", function: { name: "wait", parameters } }] };
  const tools = get(mendAll(body, GEMINI), "tools");
  const [tool] = isArray(tools) ? tools : [];
  const fn = isObject(tool) ? get(tool, "function") : undefined;
  const schema = isObject(fn) ? get(fn, "parameters") : undefined;
  assert(isObject(schema ?? null));
  return schema as JsonObject;
}

/** What it gets for a property. */
function mendedPart(part: Json): Json | undefined {
  const properties = get(mended({ type: "object", properties: { a: part } }), "properties");
  return isObject(properties) ? get(properties, "a") : undefined;
}

Deno.test("founding: test_strips_top_level_keys: keywords go, what Gemini knows stays", () => {
  const known = { type: "object", properties: {}, title: "Foo" };
  assert.deepEqual(mended({ ...known, $schema: "http://x", additionalProperties: false }), known);
});

Deno.test("founding: test_strips_nested_keys: likewise in a property, where a reference that leads nowhere goes", () => {
  const part = { type: "string", $ref: "#/defs/Name", $comment: "ignore" };
  assert.deepEqual(mendedPart(part), { type: "string" });
});

Deno.test("founding: test_strips_inside_lists: likewise in each choice", () => {
  const anyOf = [{ $id: "x", type: "string" }, { $id: "y", type: "number" }];
  assert.deepEqual(mendedPart({ anyOf }), { anyOf: [{ type: "string" }, { type: "number" }] });
});

Deno.test("founding: test_passes_through_primitives: what is no schema is not changed", () => {
  for (const parameters of ["hello", 42, true]) {
    const body = { tools: [{ type: "function", function: { name: "a", parameters } }] };
    assert.equal(mendAll(body, GEMINI), body);
  }
});

Deno.test("founding: test_cleans_tool_parameters, test_tool_schemas_still_sanitised_when_present: the schemas of tools are what is cleaned", () => {
  const parameters = { type: "object", properties: {}, $schema: "http://x" };
  assert.deepEqual(mended({ ...parameters, additionalProperties: false }), {
    type: "object",
    properties: {},
  });
});

Deno.test("founding: test_strips_numeric_and_array_validation_keywords: bounds that Gemini has no word for go", () => {
  const bounds = { exclusiveMinimum: 0, exclusiveMaximum: 10, multipleOf: 2 };
  assert.deepEqual(mendedPart({ type: "number", ...bounds }), { type: "number" });
  const list = { type: "array", items: { type: "string" } };
  assert.deepEqual(mendedPart({ ...list, uniqueItems: true }), list);
});

Deno.test("founding: test_drops_range_bounds_on_integer_properties: they are refused there", () => {
  assert.deepEqual(mendedPart({ type: "integer", minimum: 1, maximum: 5 }), { type: "integer" });
});

Deno.test("founding: test_keeps_range_bounds_on_number_properties: they are taken there", () => {
  const part = { type: "number", minimum: 1, maximum: 5 };
  assert.deepEqual(mendedPart(part), part);
});

Deno.test("founding: test_strips_recursively_through_nested_schemas: however deep they are", () => {
  const inner = (bounds: JsonObject): JsonObject => ({
    type: "array",
    items: { type: "array", items: { type: "integer", ...bounds } },
  });
  assert.deepEqual(mendedPart(inner({ minimum: 0 })), inner({}));
});

Deno.test("founding: test_sanitize_tool_schemas_strips_exclusive_minimum_gemini_rejects: no validator is left, and each type", () => {
  const parameters = {
    type: "object",
    properties: {
      seconds: { type: "integer", exclusiveMinimum: 0, exclusiveMaximum: 60, multipleOf: 1 },
      label: { type: "string", minLength: 1, maxLength: 80, pattern: "^[a-z]+$" },
    },
    additionalProperties: false,
  };
  assert.deepEqual(mended(parameters), {
    type: "object",
    properties: { seconds: { type: "integer" }, label: { type: "string" } },
  });
});

function answered(key: "message" | "delta", said: JsonObject): JsonObject {
  return { choices: [{ index: 0, [key]: said }] };
}

function wholeOf(content: Json): Json | undefined {
  const before = answered("message", { role: "assistant", content });
  const after = new MachineRow(ANSWER_REPAIRS, CONTEXT).whole(before);
  const choices = get(after, "choices");
  const [choice] = isArray(choices) ? choices : [];
  const message = isObject(choice) ? get(choice, "message") : undefined;
  return isObject(message) ? get(message, "content") : undefined;
}

Deno.test("founding: test_flattens_text_blocks_to_a_string, test_applied_to_non_streaming_message: texts become one", () => {
  const content = [{ type: "text", text: "Hello " }, { type: "text", text: "world" }];
  assert.equal(wholeOf(content), "Hello world");
});

Deno.test("founding: test_ignores_non_text_blocks: what was thought is no part of what is said", () => {
  const content = [{ type: "thinking", thinking: "hmm" }, { type: "text", text: "answer" }];
  assert.equal(wholeOf(content), "answer");
});

Deno.test("founding: test_passes_through_plain_strings, test_passes_through_none: they are the same object", () => {
  for (const content of ["already a string", null]) {
    const body = answered("message", { content });
    assert.equal(new MachineRow(ANSWER_REPAIRS, CONTEXT).whole(body), body);
  }
});

Deno.test("founding: test_applied_to_streaming_delta: in a stream, too", () => {
  const row = new MachineRow(ANSWER_REPAIRS, CONTEXT);
  const content = [{ type: "text", text: "chunk" }];
  assert.deepEqual(row.push(answered("delta", { content })), [
    answered("delta", { content: "chunk" }),
  ]);
});

Deno.test("founding: test_does_not_invent_a_content_field: calls alone get no content", () => {
  const body = answered("message", { "tool_calls": [] });
  assert.equal(new MachineRow(ANSWER_REPAIRS, CONTEXT).whole(body), body);
});

/** A turn of Gemini's with an id where it may stand, and what a refusal of it makes of it. */
function assertLearned(key: string, role: string): void {
  const call = { name: "ls", args: {} };
  const contentsOf = (entry: JsonObject) => [{ role, parts: [{ [key]: entry }] }];
  const sent = { contents: contentsOf({ id: "1", ...call }) };
  const error = {
    message: `Invalid JSON payload received. Unknown name "id" at 'contents[0].parts[0].${
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    }': Cannot find field.`,
  };
  const taught = teach({
    status: 400,
    text: JSON.stringify({ error }),
    dialect: "gemini",
    sent,
    beta: null,
  });
  assert.deepEqual(taught?.request.body, { contents: contentsOf(call) });
}

Deno.test("founding: test_strips_id_from_function_call, test_strips_id_from_function_response, test_strips_id_from_snake_case_keys: ids go where a route has refused them once", () => {
  assertLearned("functionCall", "model");
  assertLearned("functionResponse", "user");
  assertLearned("function_call", "model");
  assertLearned("function_response", "user");
});

Deno.test("founding: test_tolerates_non_dict, test_noop_without_contents: such bodies are the same object", () => {
  for (const contents of [["x", null, 1], [{ role: "user", parts: ["x", null] }], "x", null]) {
    const body = { contents };
    assert.equal(mendAll(body, NATIVE), body);
  }
  const body = { model: "m" };
  assert.equal(mendAll(body, NATIVE), body);
});

const GEMINI_PATH = "/gemini/v1beta/models/databricks-gemini-3-pro:streamGenerateContent";
const TARGET = {
  mode: "ai-gateway",
  host: "https://h.example",
  gatewayHost: null,
  chatBase: "https://h.example/mlflow/v1",
  geminiBase: "https://h.example/gw/gemini",
} as const;

function urlOf(path: string, target: Parameters<typeof upstreamUrl>[1], search = ""): string {
  const route = findRoute("POST", path);
  assert(route?.kind === "forward");
  return upstreamUrl(route, target, search);
}

Deno.test("founding: test_gemini_path, test_non_gemini: each dialect has a base of its own, and a query stays", () => {
  const model = "v1beta/models/databricks-gemini-3-pro:streamGenerateContent";
  assert.equal(urlOf(GEMINI_PATH, TARGET, "?alt=sse"), `${TARGET.geminiBase}/${model}?alt=sse`);
  assert.equal(urlOf("/v1/chat/completions", TARGET), `${TARGET.chatBase}/chat/completions`);
});

Deno.test("founding: test_without_gemini_base_falls_back: to the workspace's own route for Gemini", () => {
  assert.equal(
    urlOf(GEMINI_PATH, { ...TARGET, geminiBase: null }),
    `https://h.example/ai-gateway${GEMINI_PATH}`,
  );
});

function isStream(path: string, body: string): boolean | undefined {
  const route = findRoute("POST", path);
  assert(route?.kind === "forward");
  return readRequest(utf8(body), { route, mode: "ai-gateway" })?.subject.isStream;
}

Deno.test("founding: test_openai_flag_true, test_openai_flag_false, test_gemini_stream_path, test_gemini_unary, test_unparsed_body: who asks for a stream is known by the body, or by Gemini's path", () => {
  const asked = [
    isStream("/v1/chat/completions", '{"stream":true}'),
    isStream("/v1/chat/completions", '{"stream":false}'),
    isStream(GEMINI_PATH, "{}"),
    isStream(GEMINI_PATH.replace("streamG", "g"), "{}"),
    isStream("/v1/chat/completions", "no JSON"),
  ];
  assert.deepEqual(asked, [true, false, true, false, undefined]);
});

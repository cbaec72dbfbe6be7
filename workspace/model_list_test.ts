import assert from "node:assert/strict";
import fc from "fast-check";
import { type ModelInfo, parseEndpoints, renderModels } from "./model_list.ts";

const CREATED = Date.UTC(2026, 10, 23, 12);

const MODELS: readonly ModelInfo[] = [
  { name: "databricks-claude-opus-5-5", ready: true, task: "llm/v1/chat", createdAt: CREATED },
  { name: "databricks-gpt-5-5", ready: false, task: null, createdAt: null },
];

Deno.test("parseEndpoints() reads name, state, task and age", () => {
  const endpoint = {
    name: "databricks-claude-opus-5-5",
    creator: "me",
    "creation_timestamp": CREATED,
    state: { ready: "READY", config_update: "NOT_UPDATING" },
    task: "llm/v1/chat",
    config: { served_entities: [] },
  };
  assert.deepEqual(parseEndpoints({ endpoints: [endpoint] }), MODELS.slice(0, 1));
});

Deno.test("parseEndpoints() keeps what can chat and what does not say", () => {
  const tasks = [
    "llm/v1/chat",
    "llm/v1/responses",
    "agent/v1/chat",
    "agent/v2/responses",
    "",
    undefined,
    null,
    "llm/v1/embeddings",
    "llm/v1/completions",
    "image/v1",
  ];
  const endpoints = tasks.map((task, index) => ({ name: `m${index}`, task }));
  const kept = parseEndpoints({ endpoints });
  assert.deepEqual(kept.map(({ name }) => name), ["m0", "m1", "m2", "m3", "m4", "m5", "m6"]);
  assert.deepEqual(kept.slice(4).map(({ task }) => task), [null, null, null]);
});

Deno.test("parseEndpoints() leaves out what is said to be unready", () => {
  const states = [{ ready: "READY" }, { ready: "NOT_READY" }, { ready: "odd" }, {}, undefined];
  const endpoints = states.map((state, index) => ({ name: `m${index}`, state }));
  assert.deepEqual(
    parseEndpoints({ endpoints }).map(({ name, ready }) => [name, ready]),
    [["m0", true], ["m3", false], ["m4", false]],
  );
});

Deno.test("parseEndpoints() skips odd entries and keeps the others, each name once", () => {
  const endpoints = [
    null,
    "m",
    [],
    {},
    { name: 7 },
    { name: "" },
    { name: "a b" },
    { name: "a\nb" },
    { name: "m", creation_timestamp: "1" },
    { name: "m", creation_timestamp: 1 },
    { name: "n", creation_timestamp: 1e300 },
  ];
  assert.deepEqual(parseEndpoints({ endpoints }), [
    { name: "m", ready: false, task: null, createdAt: null },
    { name: "n", ready: false, task: null, createdAt: null },
  ]);
});

Deno.test("parseEndpoints() finds nothing in what is no listing", () => {
  for (const json of [null, undefined, "x", 1, [], {}, { endpoints: null }, { endpoints: {} }]) {
    assert.deepEqual(parseEndpoints(json), []);
  }
});

Deno.test("renderModels() speaks OpenAI", () => {
  assert.deepEqual(renderModels(MODELS, "openai"), {
    object: "list",
    data: [
      {
        id: "databricks-claude-opus-5-5",
        object: "model",
        created: CREATED / 1000,
        owned_by: "databricks",
      },
      { id: "databricks-gpt-5-5", object: "model", created: 0, owned_by: "databricks" },
    ],
  });
});

Deno.test("renderModels() speaks Anthropic", () => {
  assert.deepEqual(renderModels(MODELS, "anthropic"), {
    data: [
      {
        type: "model",
        id: "databricks-claude-opus-5-5",
        display_name: "databricks-claude-opus-5-5",
        created_at: "2026-11-23T12:00:00.000Z",
      },
      {
        type: "model",
        id: "databricks-gpt-5-5",
        display_name: "databricks-gpt-5-5",
        created_at: "1970-01-01T00:00:00.000Z",
      },
    ],
    has_more: false,
    first_id: "databricks-claude-opus-5-5",
    last_id: "databricks-gpt-5-5",
  });
});

Deno.test("renderModels() gives Anthropic null ids for an empty list", () => {
  assert.deepEqual(renderModels([], "anthropic"), {
    data: [],
    has_more: false,
    first_id: null,
    last_id: null,
  });
});

Deno.test("renderModels() speaks Gemini", () => {
  assert.deepEqual(renderModels(MODELS.slice(0, 1), "gemini"), {
    models: [{
      name: "models/databricks-claude-opus-5-5",
      displayName: "databricks-claude-opus-5-5",
      supportedGenerationMethods: ["generateContent", "streamGenerateContent", "countTokens"],
    }],
  });
});

Deno.test("renderModels() can render whatever parseEndpoints() keeps", () => {
  const endpoint = fc.record({
    name: fc.oneof(fc.string(), fc.constantFrom("m", "__proto__")),
    state: fc.oneof(fc.constant({ ready: "READY" }), fc.jsonValue()),
    task: fc.oneof(fc.constantFrom("llm/v1/chat", "agent/x"), fc.jsonValue()),
    creation_timestamp: fc.oneof(fc.double(), fc.integer(), fc.jsonValue()),
  }, { requiredKeys: [] });
  fc.assert(
    fc.property(fc.array(fc.oneof(endpoint, fc.jsonValue())), (endpoints) => {
      const models = parseEndpoints({ endpoints });
      assert.equal(new Set(models.map(({ name }) => name)).size, models.length);
      for (const dialect of ["openai", "anthropic", "gemini"] as const) {
        assert.doesNotMatch(JSON.stringify(renderModels(models, dialect)), /"created":null/);
      }
    }),
  );
});

import assert from "node:assert/strict";
import fc from "fast-check";
import type { Dialect } from "../workspace/endpoints.ts";
import { translateError } from "./upstream_error.ts";

const DIALECTS: readonly Dialect[] = ["chat", "responses", "anthropic", "gemini"];

/** Every dialect's error from one text. */
function inAll(body: string, status: number): Readonly<Record<Dialect, unknown>> {
  const [chat, responses, anthropic, gemini] = DIALECTS.map((dialect) =>
    JSON.parse(translateError(body, { status, dialect }) ?? "null")
  );
  return { chat, responses, anthropic, gemini };
}

const openAi = (message: string, type: string, code: string | null) => ({
  error: { message, type, code, param: null },
});

Deno.test("Databricks' envelope is put into each dialect", () => {
  const body =
    '{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Endpoint with name \'x\' does not exist."}';
  const message = "Endpoint with name 'x' does not exist.";
  const error = openAi(message, "invalid_request_error", "RESOURCE_DOES_NOT_EXIST");
  const notFound = openAi(message, "not_found_error", "RESOURCE_DOES_NOT_EXIST");
  const all = inAll(body, 404);
  assert.deepEqual(all, {
    chat: notFound,
    responses: notFound,
    anthropic: { type: "error", error: { type: "not_found_error", message } },
    gemini: { error: { code: 404, message, status: "NOT_FOUND" } },
  });
  assert.deepEqual(inAll(body, 422).chat, error);
});

Deno.test("what a status means is said in each dialect's word", () => {
  const types = (status: number) => {
    const { chat, anthropic, gemini } = inAll('{"message":"m"}', status);
    return [chat, anthropic, gemini].map((said) => {
      const { type, status } = (said as { error: { type?: string; status?: string } }).error;
      return type ?? status;
    });
  };
  assert.deepEqual(types(400), [
    "invalid_request_error",
    "invalid_request_error",
    "INVALID_ARGUMENT",
  ]);
  assert.deepEqual(types(401), ["authentication_error", "authentication_error", "UNAUTHENTICATED"]);
  assert.deepEqual(types(403), ["permission_error", "permission_error", "PERMISSION_DENIED"]);
  assert.deepEqual(types(413), ["invalid_request_error", "request_too_large", "INVALID_ARGUMENT"]);
  assert.deepEqual(types(429), ["rate_limit_error", "rate_limit_error", "RESOURCE_EXHAUSTED"]);
  assert.deepEqual(types(500), ["server_error", "api_error", "UNAVAILABLE"]);
  assert.deepEqual(types(503), ["server_error", "overloaded_error", "UNAVAILABLE"]);
  assert.deepEqual(types(529), ["server_error", "overloaded_error", "UNAVAILABLE"]);
});

Deno.test("JSON in a message is taken out, however deep, and a provider's error found", () => {
  const nested = (value: unknown) =>
    JSON.stringify({
      "error_code": "BAD_REQUEST",
      message: JSON.stringify(value),
    });
  const provider = {
    "external_model_provider": "databricks-model-serving",
    "external_model_error": {
      type: "error",
      error: { type: "invalid_request_error", message: "messages.2: `tool_use` ids were found" },
    },
  };
  const said = (body: string) =>
    (inAll(body, 400).anthropic as { error: { message: string } }).error.message;
  assert.equal(
    said(nested({ message: "text content blocks must be non-empty" })),
    "text content blocks must be non-empty",
  );
  assert.equal(said(nested({ message: JSON.stringify({ message: "deep" }) })), "deep");
  assert.equal(said(nested(provider)), "messages.2: `tool_use` ids were found");
  assert.equal(said(JSON.stringify(provider)), "messages.2: `tool_use` ids were found");
  assert.equal(said('{"error":"Invalid request"}'), "Invalid request");
});

Deno.test("an error that speaks the dialect is not touched", () => {
  const spoken: Readonly<Record<Dialect, readonly string[]>> = {
    chat: ['{"error":{"message":"m"}}', '{"type":"error","error":{"type":"x","message":"m"}}'],
    responses: ['{"error":{"message":"m","type":"t","code":null}}'],
    anthropic: ['{"type":"error","error":{"type":"api_error","message":"m"},"request_id":"r"}'],
    gemini: [
      '{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}}',
      '[{"error":{"code":400,"message":"m"}}]',
    ],
  };
  for (const dialect of DIALECTS) {
    for (const body of spoken[dialect]) {
      assert.equal(translateError(body, { status: 400, dialect }), null, body);
    }
  }
  assert.notEqual(
    translateError('{"error":{"message":"m"}}', { status: 400, dialect: "anthropic" }),
    null,
  );
  assert.notEqual(
    translateError('{"error":{"message":"m"}}', { status: 400, dialect: "gemini" }),
    null,
  );
});

Deno.test("what says nothing that could be told is not touched", () => {
  for (
    const body of [
      "",
      "oops",
      "<html>no</html>",
      "{}",
      "[]",
      "null",
      "1",
      '"text"',
      '{"a":1}',
      '{"message":1}',
      "{",
    ]
  ) {
    for (const dialect of DIALECTS) {
      assert.equal(translateError(body, { status: 500, dialect }), null, body);
    }
  }
});

Deno.test("any error in any dialect is translated into what speaks that dialect, or left", () => {
  const key = fc.constantFrom(
    "error",
    "message",
    "error_code",
    "external_model_error",
    "type",
    "code",
    "__proto__",
  );
  const any = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom<unknown>(null, 1, "", "m", '{"message":"n"}', "[", "CODE: text"),
      fc.array(tie("any"), { maxLength: 2 }),
      fc.array(fc.tuple(key, tie("any")), { maxLength: 4 }).map((all) => Object.fromEntries(all)),
    ),
  })).any;
  fc.assert(fc.property(any, fc.constantFrom(...DIALECTS), (value, dialect) => {
    const translated = translateError(JSON.stringify(value), { status: 400, dialect });
    if (translated !== null) {
      assert.equal(translateError(translated, { status: 400, dialect }), null);
    }
  }));
});

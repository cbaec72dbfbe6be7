import assert from "node:assert/strict";
import { type ApiError, parseApiError, readErrorBody } from "./api_error.ts";

const NOW = Date.UTC(2026, 10, 23, 12);
const JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2ln-bmF0_dXJl";

type Expected = Pick<ApiError, "code" | "message">;

const SHAPES: Readonly<Record<string, readonly [status: number, body: unknown, Expected]>> = {
  "an empty body": [403, "", { code: null, message: "HTTP 403 Forbidden" }],
  "an empty body with an odd status": [418, " \n", { code: null, message: "HTTP 418" }],
  "a named error_code": [
    404,
    { error_code: "RESOURCE_DOES_NOT_EXIST", message: "Endpoint with name 'x' does not exist." },
    { code: "RESOURCE_DOES_NOT_EXIST", message: "Endpoint with name 'x' does not exist." },
  ],
  "a numeric error_code": [
    403,
    { error_code: 403, message: "Invalid access token." },
    { code: "403", message: "Invalid access token." },
  ],
  "API 1.2": [
    400,
    { error: "Missing cluster id" },
    { code: null, message: "Missing cluster id" },
  ],
  "OpenAI": [
    400,
    { error: { message: "No such model", code: "model_not_found", type: "invalid_request_error" } },
    { code: "model_not_found", message: "No such model" },
  ],
  "Anthropic": [
    400,
    { type: "error", error: { type: "invalid_request_error", message: "invalid beta flag" } },
    { code: "invalid_request_error", message: "invalid beta flag" },
  ],
  "Gemini": [
    400,
    { error: { code: 400, status: "INVALID_ARGUMENT", message: "Cannot find field." } },
    { code: "INVALID_ARGUMENT", message: "Cannot find field." },
  ],
  "Gemini in a list": [
    400,
    [{ error: { code: 400, status: "INVALID_ARGUMENT", message: "Cannot find field." } }],
    { code: "INVALID_ARGUMENT", message: "Cannot find field." },
  ],
  "OAuth": [
    401,
    { error: "invalid_client", error_description: "Client authentication failed" },
    { code: "invalid_client", message: "Client authentication failed" },
  ],
  "OAuth without a description": [
    400,
    { error: "invalid_scope" },
    { code: "invalid_scope", message: "invalid_scope" },
  ],
  "Okta-like OAuth": [
    401,
    { errorCode: "E0000011", errorSummary: "Invalid token provided" },
    { code: "E0000011", message: "Invalid token provided" },
  ],
  "SCIM": [
    404,
    { detail: "User not found", status: "404", scimType: "noTarget" },
    { code: "noTarget", message: "User not found" },
  ],
  "plain text with a code": [
    400,
    "MALFORMED_REQUEST: Invalid MetastoreId:",
    { code: "MALFORMED_REQUEST", message: "Invalid MetastoreId:" },
  ],
  "a code inside the message": [
    429,
    { message: "REQUEST_LIMIT_EXCEEDED: Exceeded workspace QPS rate limit for x." },
    { code: "REQUEST_LIMIT_EXCEEDED", message: "Exceeded workspace QPS rate limit for x." },
  ],
  "HTML with pre": [
    403,
    "<html><head><title>Error 403 Forbidden</title></head><body>\n<pre>    Invalid access token.</pre></body></html>",
    { code: null, message: "Invalid access token." },
  ],
  "HTML with a title only": [
    403,
    "<!doctype html><TITLE>Error 403 Invalid access token.</TITLE><p>Go away</p>",
    { code: null, message: "Invalid access token." },
  ],
  "HTML with entities and tags in pre": [
    500,
    "<pre class='x'>a &lt;b&gt; <b>&amp;lt;</b></pre>",
    { code: null, message: "a <b> &lt;" },
  ],
  "HTML that never ends": [500, "<pre>cut of", { code: null, message: "cut of" }],
  "JSON text in the message": [
    400,
    {
      error_code: "BAD_REQUEST",
      message: '{"message":"messages: text content blocks must be non-empty"}',
    },
    { code: "BAD_REQUEST", message: "messages: text content blocks must be non-empty" },
  ],
  "a name inside a number": [
    400,
    {
      error_code: 400,
      message: '{"error":{"message":"too long","code":"string_above_max_length"}}',
    },
    { code: "string_above_max_length", message: "too long" },
  ],
  "three nested messages": [400, nest("deep", 3), { code: null, message: "deep" }],
  "JSON text without a known field": [
    400,
    { message: '{"foo":1}' },
    { code: null, message: '{"foo":1}' },
  ],
  "external_model_error": [
    400,
    {
      external_model_provider: "databricks-model-serving",
      external_model_error: { message: "messages.2: `tool_use` ids were found" },
    },
    { code: null, message: "messages.2: `tool_use` ids were found" },
  ],
  "external_model_error with an error of its own, as JSON text": [
    400,
    {
      error_code: "BAD_REQUEST",
      message: JSON.stringify({
        external_model_error: { type: "error", error: { type: "invalid", message: "too many" } },
      }),
    },
    { code: "BAD_REQUEST", message: "too many" },
  ],
  "external_model_error as text": [
    400,
    { external_model_error: "overloaded" },
    { code: null, message: "overloaded" },
  ],
  "a JSON string": [400, JSON.stringify("Invalid Token"), { code: null, message: "Invalid Token" }],
  "JSON of unknown shape": [400, { foo: ["bar"] }, { code: null, message: '{"foo":["bar"]}' }],
  "a code and no message": [
    400,
    { error_code: "BAD_REQUEST" },
    { code: "BAD_REQUEST", message: '{"error_code":"BAD_REQUEST"}' },
  ],
  "broken JSON": [502, '{"message":"cut', { code: null, message: '{"message":"cut' }],
  "control characters": [
    400,
    {
      error_code: "BAD_REQUEST",
      message: "Multiple tool calls\u0000\u001b[31m are\r\nnot supported.\n",
    },
    { code: "BAD_REQUEST", message: "Multiple tool calls [31m are not supported." },
  ],
  "a PAT": [
    400,
    { message: "bad token dapi0123456789abcdef-2 given" },
    { code: null, message: "bad token [redacted] given" },
  ],
  "a PAT with an invisible character in it": [
    400,
    { message: "bad dapi01\u200b23456789abcdef" },
    { code: null, message: "bad [redacted]" },
  ],
  "a PAT as the code": [
    400,
    { error_code: "dapi0123456789abcdef", message: "x" },
    { code: "[redacted]", message: "x" },
  ],
  "a JWT": [400, `Cannot parse ${JWT}`, { code: null, message: "Cannot parse [redacted]" }],
  "an opaque bearer": [
    400,
    "Bad header: Bearer abcdefgh12345678",
    { code: null, message: "Bad header: Bearer [redacted]" },
  ],
};

for (const [name, [status, body, expected]] of Object.entries(SHAPES)) {
  Deno.test(`parseApiError() reads ${name}`, () => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const { code, message } = parseApiError(status, new Headers(), text);
    assert.deepEqual({ code, message }, expected);
  });
}

Deno.test("parseApiError() stops unwrapping after three nested messages", () => {
  const { message } = parseApiError(400, new Headers(), JSON.stringify(nest("deep", 4)));
  assert.equal(message, '{"message":"deep"}');
});

Deno.test("parseApiError() prefers the reason phrase to the status when the body is empty", () => {
  const headers = new Headers({ "x-databricks-reason-phrase": "Invalid access token." });
  const error = parseApiError(403, headers, "");
  assert.equal(error.message, "Invalid access token.");
  assert.equal(error.reasonPhrase, "Invalid access token.");
});

Deno.test("parseApiError() cuts messages at 500 and unknown bodies at 200 characters", () => {
  const none = new Headers();
  const message = parseApiError(400, none, JSON.stringify({ message: "x".repeat(501) })).message;
  assert.equal(message, `${"x".repeat(499)}…`);
  const unknown = parseApiError(400, none, JSON.stringify({ foo: "x".repeat(501) })).message;
  assert.equal(unknown.length, 200);
});

Deno.test("parseApiError() does not leave half a token where it cuts", () => {
  const body = JSON.stringify({ message: `${"x ".repeat(245)}dapi${"a1".repeat(16)}` });
  assert.doesNotMatch(parseApiError(400, new Headers(), body).message, /dapi/);
});

Deno.test("parseApiError() finds the request id in the details", () => {
  const body = JSON.stringify({
    error_code: "X",
    message: "y",
    details: [
      null,
      { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "R" },
      {
        "@type": "type.googleapis.com/google.rpc.RequestInfo",
        request_id: "0a-1b",
        serving_data: "",
      },
    ],
  });
  assert.equal(parseApiError(400, new Headers(), body).requestId, "0a-1b");
});

const RETRY_AFTER: readonly (readonly [header: string, ms: number | null])[] = [
  ["7", 7_000],
  ["0", 0],
  [new Date(NOW + 90_000).toUTCString(), 90_000],
  [new Date(NOW - 90_000).toUTCString(), 0],
  ["-1", null],
  ["1.5", null],
  ["soon", null],
  ["Mon, 99 Foo 2026 99:99:99 GMT", null],
  ["99999999999999999999", null],
];

for (const [header, ms] of RETRY_AFTER) {
  Deno.test(`parseApiError() takes Retry-After: ${header} as ${ms} ms`, () => {
    const headers = new Headers({ "retry-after": header });
    assert.equal(parseApiError(429, headers, "", { now: NOW }).retryAfterMs, ms);
  });
}

Deno.test("parseApiError() ignores a Retry-After date when it is not told the time", () => {
  const headers = new Headers({ "retry-after": new Date(NOW).toUTCString() });
  assert.equal(parseApiError(429, headers, "").retryAfterMs, null);
});

Deno.test("parseApiError() takes RetryInfo when there is no Retry-After", () => {
  const retryInfo = { "@type": "type.googleapis.com/google.rpc.RetryInfo", "retry_delay": "1.5s" };
  const body = JSON.stringify({
    error_code: "RESOURCE_EXHAUSTED",
    message: "x",
    details: [retryInfo],
  });
  assert.equal(parseApiError(429, new Headers(), body).retryAfterMs, 1_500);
  assert.equal(parseApiError(429, new Headers({ "retry-after": "3" }), body).retryAfterMs, 3_000);
});

Deno.test("readErrorBody() says that a message is another provider's at any level", () => {
  const inner = JSON.stringify({ external_model_error: { message: "m" } });
  assert.ok(readErrorBody(inner).isExternal);
  assert.ok(readErrorBody(JSON.stringify({ message: inner })).isExternal);
  assert.ok(!readErrorBody('{"message":"m"}').isExternal);
});

/** `text` as the message of a message, `levels` times, in one envelope. */
function nest(text: string, levels: number): unknown {
  let message = text;
  for (let level = 0; level < levels; level++) message = JSON.stringify({ message });
  return { message };
}

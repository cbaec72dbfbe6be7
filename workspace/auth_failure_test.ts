import assert from "node:assert/strict";
import fc from "fast-check";
import { type AuthFailure, classifyAuthFailure, needsBody } from "./auth_failure.ts";

type Case = readonly [status: number, body: unknown, reasonPhrase?: string];

const PRE = (text: string) =>
  `<html><head><title>Error 403 ${text}</title></head><body><h2>HTTP ERROR 403</h2><pre>    ${text}</pre></body></html>`;

const CASES: Readonly<Record<AuthFailure, Readonly<Record<string, Case>>>> = {
  "dead-token": {
    "a 401 with an empty body": [401, ""],
    "a 401 with JSON": [401, { error_code: "UNAUTHENTICATED", message: "no credentials" }],
    "a numeric 403": [403, { error_code: 403, message: "Invalid access token." }],
    "a 403 with the reason phrase only": [403, "", "Invalid access token."],
    "a 403 page": [403, PRE("Invalid access token.")],
    "a 403 page with a title only": [403, "<title>Error 403 Invalid access token.</title>"],
    "a 403 page with other elements": [403, "<h1>403</h1><p>Invalid access token</p>"],
    "a 403 shortly before expiry": [
      403,
      { error_code: 403, message: "Token is expiring within 30 seconds. (token expired)" },
    ],
    "a 403 in plain text": [403, "Token is expired"],
    "a 403 with the message nested": [
      403,
      { error_code: 403, message: '{"message":"Invalid access token."}' },
    ],
    "a 403 that says more": [403, { message: "Invalid access token. [ReqId: 1-2-3]" }],
    "a 403 whose whole message is the gateway's": [403, "Forbidden: Invalid Token"],
    "a permission code whose whole message is about the token": [
      403,
      { error_code: "PERMISSION_DENIED", message: "Invalid access token." },
    ],
    "the gateway's 400": [400, "Invalid Token"],
    "the gateway's 400 in other letters": [400, "  invalid token.\n"],
    "the gateway's 400 as JSON string": [400, '"Invalid Token"'],
    "the gateway's 400 as an envelope": [
      400,
      { error_code: "BAD_REQUEST", message: "Invalid Token" },
    ],
    "the gateway's 400 nested": [400, { message: '{"error":{"message":"Invalid access token"}}' }],
    "the gateway's 400 as a page": [400, "<html><pre>Invalid Token</pre></html>"],
    "a 400 that is all about expiry": [400, { message: "Token expired" }],
    "a 400 with a sentence all about expiry": [400, { message: "The provided token has expired." }],
    "a 400 with a code word": [400, "ExpiredToken"],
    "a 400 with a code word and a sentence": [400, "ExpiredToken: The provided token has expired"],
    "a 400 shortly before expiry": [
      400,
      { message: "Token is expiring within 30 seconds. (token expired)" },
    ],
  },
  "not-allowed": {
    "a 403 with an empty body": [403, ""],
    "an IP access list": [
      403,
      {
        error_code: 403,
        message:
          "Source IP address: 203.0.113.7 is blocked by Databricks IP ACL for workspace: 123 [ReqId: 4-5]",
      },
    ],
    "an IP access list that names the token": [
      403,
      { message: "blocked by Databricks IP ACL, token is expired or not" },
    ],
    "a permission": [
      403,
      {
        error_code: "PERMISSION_DENIED",
        message: "User does not have EXECUTE permission on system.ai.x",
      },
    ],
    "a permission code whose message mentions the words": [
      403,
      { error_code: "PERMISSION_DENIED", message: "The model refused: token expired" },
    ],
    "a permission without a code": [
      403,
      { message: "me@x.org does not have USE\nSCHEMA permission; token expired" },
    ],
    "a permission in plain text": [403, "PERMISSION_DENIED: token is expired for the model"],
    "a feature that is off": [
      403,
      {
        error_code: "PERMISSION_DENIED",
        message: "This feature is either not supported or it has been disabled explicitly",
      },
    ],
    "words in another field": [
      403,
      { message: "Access denied", prompt: "Invalid access token.", error_details: "token expired" },
    ],
    "words in JSON without a message": [403, { input: "Invalid access token." }],
    "words in a quoted prompt": [
      403,
      { message: 'Blocked by guardrail: "what does Invalid access token mean?"' },
    ],
    "words in JSON that is cut off": [403, '{"prompt":"Invalid access token.","message":"Acc'],
    "words in a long page": [403, `<p>${" ".repeat(4096)}Invalid access token.</p>`],
    "another provider's key": [
      403,
      { external_model_error: { error: { message: "Invalid access token." } } },
    ],
    "a shorter text": [403, { message: "Invalid Token for audience x" }],
  },
  "neither": {
    "a 400 about a parameter": [
      400,
      { error_code: "INVALID_PARAMETER_VALUE", message: "stop: invalid token in sequence" },
    ],
    "a 400 that mentions the words": [
      400,
      { message: "messages.0: the text 'Invalid Token' is not allowed" },
    ],
    "a 400 with the words in another field": [400, {
      message: "Bad input",
      input: "Invalid Token",
    }],
    "a 400 with max tokens": [400, { message: "Invalid token count" }],
    "a 400 that mentions expiry": [400, {
      message: "The upload token expired before use of file 3",
    }],
    "a 400 of another provider": [400, { external_model_error: { message: "Invalid Token" } }],
    "a 400 nested in another provider's": [
      400,
      { message: '{"external_model_error":{"message":"Invalid Token"}}' },
    ],
    "an empty 400": [400, ""],
    "a 404": [404, "Invalid Token"],
    "a 429": [429, { message: "Invalid access token." }],
    "a 500": [500, { message: "Invalid access token." }, "Invalid access token."],
    "a 200": [200, "Invalid Token"],
  },
};

for (const [expected, cases] of Object.entries(CASES)) {
  for (const [name, [status, body, reasonPhrase]] of Object.entries(cases)) {
    Deno.test(`classifyAuthFailure() says ${expected} for ${name}`, () => {
      const headers = new Headers();
      if (reasonPhrase) headers.set("X-Databricks-Reason-Phrase", reasonPhrase);
      const text = typeof body === "string" ? body : JSON.stringify(body);
      assert.equal(classifyAuthFailure(status, headers, text), expected);
    });
  }
}

Deno.test("needsBody() is false exactly where the body makes no difference", () => {
  const headers = new Headers();
  for (let status = 100; status < 600; status++) {
    const judgements = new Set(
      ["", "Invalid Token", "Token is expired", "PERMISSION_DENIED: x"].map((body) =>
        classifyAuthFailure(status, headers, body)
      ),
    );
    assert.equal(needsBody(status), judgements.size > 1, String(status));
  }
});

Deno.test("classifyAuthFailure() ignores any field that does not hold the message", () => {
  const field = fc.string().filter((name) =>
    !/^(?:message|error|detail|error_description|errorSummary|external_model_error)$/.test(name)
  );
  fc.assert(
    fc.property(field, fc.constantFrom(400, 403), (name, status) => {
      const body = JSON.stringify({ [name]: "Invalid access token.", message: "No" });
      assert.notEqual(classifyAuthFailure(status, new Headers(), body), "dead-token");
    }),
  );
});

Deno.test("classifyAuthFailure() never throws", () => {
  fc.assert(
    fc.property(fc.constantFrom(400, 403), fc.oneof(fc.string(), fc.json()), (status, body) => {
      assert.match(classifyAuthFailure(status, new Headers(), body), /^[a-z-]+$/);
    }),
  );
});

import assert from "node:assert/strict";
import * as v from "valibot";
import { CredentialError, type CredentialFailure } from "../support/errors.ts";
import { readReply, type ReplyContext } from "./read_reply.ts";
import type { WorkspaceReply } from "./workspace_request.ts";

const HOST = "https://w.example";
const TOKEN = "dapi0123456789abcdef0123456789abcdef";
const TOKEN_CONTEXT = { action: "do a test", host: HOST, now: 0, credential: "token" } as const;
const CLIENT_CONTEXT = { ...TOKEN_CONTEXT, credential: "client" } as const;

type Kinds = readonly (readonly [name: string, status: number, body: unknown, CredentialFailure])[];

const KINDS: Kinds = [
  ["a server error", 500, { error_code: "INTERNAL_ERROR", message: "Oops" }, "unreachable"],
  ["a page of a load balancer", 502, "<html><title>502 Bad Gateway</title></html>", "unreachable"],
  ["a gateway timeout", 504, "", "unreachable"],
  ["a request timeout", 408, "", "unreachable"],
  ["a conflict", 409, { error_code: "ABORTED", message: "Try again" }, "unreachable"],
  ["a limit", 429, { error_code: "REQUEST_LIMIT_EXCEEDED", message: "Slow" }, "throttled"],
  ["a dead token", 403, { error_code: 403, message: "Invalid access token." }, "dead-token"],
  ["no credential", 401, "", "dead-token"],
  ["the gateway's dead token", 400, "Invalid Token", "dead-token"],
  ["a quota", 400, { error_code: "QUOTA_EXCEEDED", message: "600 tokens" }, "quota"],
  ["a quota told as a limit", 429, { error_code: "QUOTA_EXCEEDED", message: "600" }, "quota"],
  ["a feature that is off", 404, { error_code: "FEATURE_DISABLED", message: "Off" }, "disabled"],
  ["tokens disabled", 403, { message: "Personal access tokens are disabled" }, "disabled"],
  ["tokens not enabled", 400, { message: "Tokens are not enabled for this workspace" }, "disabled"],
  [
    "tokens disabled, turned round",
    403,
    { message: "An admin disabled access tokens" },
    "disabled",
  ],
  [
    "a feature disabled by a permission",
    403,
    {
      error_code: "PERMISSION_DENIED",
      message: "This feature is either not supported or it has been disabled explicitly",
    },
    "disabled",
  ],
  ["a permission", 403, { error_code: "PERMISSION_DENIED", message: "No" }, "forbidden"],
  ["an address", 403, { message: "1.2.3.4 is blocked by Databricks IP ACL" }, "forbidden"],
  [
    "a value",
    400,
    { error_code: "INVALID_PARAMETER_VALUE", message: "lifetime too long" },
    "forbidden",
  ],
  ["a missing route", 404, { error_code: "ENDPOINT_NOT_FOUND", message: "No API" }, "malformed"],
  ["success that is a page", 200, "<!doctype html><title>Log in</title>", "malformed"],
  ["success that is not JSON", 200, "OK", "malformed"],
  ["success that is empty", 200, "", "malformed"],
  ["success of another shape", 200, [], "malformed"],
  ["a redirect", 303, "", "malformed"],
  ["a hidden redirect", 0, "", "malformed"],
];

for (const [name, status, body, kind] of KINDS) {
  Deno.test(`readReply() throws "${kind}" for ${name}`, () => {
    const error = failureOf(replyOf(status, body), TOKEN_CONTEXT);
    assert.equal(error.kind, kind);
    assert.match(error.message, /^Cannot do a test: https:\/\/w\.example answered .+\.$/s);
  });
}

Deno.test("readReply() gives the checked value and ignores unknown fields", () => {
  const reply = replyOf(200, { name: "a", other: 1 });
  assert.deepEqual(readReply(reply, v.object({ name: v.string() }), TOKEN_CONTEXT), { name: "a" });
});

Deno.test("readReply() says what the workspace said and what to do", () => {
  const quota = failureOf(
    replyOf(400, { error_code: "QUOTA_EXCEEDED", message: "Too many tokens" }),
    TOKEN_CONTEXT,
  );
  assert.equal(
    quota.message,
    "Cannot do a test: https://w.example answered 400 QUOTA_EXCEEDED: Too many tokens. " +
      "Revoke tokens that nobody uses: a user can have 600 in a workspace.",
  );
});

Deno.test("readReply() passes on how long to wait", () => {
  const headers = { "retry-after": "7" };
  assert.equal(failureOf(replyOf(429, "", headers), TOKEN_CONTEXT).retryAfterMs, 7_000);
  assert.equal(failureOf(replyOf(503, "", headers), TOKEN_CONTEXT).retryAfterMs, 7_000);
  assert.equal(failureOf(replyOf(429, ""), TOKEN_CONTEXT).retryAfterMs, null);
  const date = { "retry-after": "Thu, 01 Jan 1970 00:01:00 GMT" };
  const later = { ...TOKEN_CONTEXT, now: 20_000 };
  assert.equal(failureOf(replyOf(429, "", date), later).retryAfterMs, 40_000);
});

Deno.test("readReply() takes a refused client for forbidden, not for a dead token", () => {
  const body = {
    "error": "invalid_client",
    "error_description": "Client authentication failed",
  };
  for (const status of [400, 401, 403]) {
    const error = failureOf(replyOf(status, body), CLIENT_CONTEXT);
    assert.equal(error.kind, "forbidden");
    assert.match(error.message, /invalid_client: Client authentication failed\. Check DATABRICKS_/);
  }
});

Deno.test("readReply() names where a redirect leads, but not the query", () => {
  const location = "https://accounts.example/login?next_url=/api&token=secret";
  const error = failureOf(replyOf(303, "", { location }), TOKEN_CONTEXT);
  assert.match(error.message, /redirect to https:\/\/accounts\.example\/login, which/);
  assert.match(error.message, /DATABRICKS_HOST looks like an account console/);
  assert.doesNotMatch(error.message, /secret/);
});

Deno.test("readReply() explains a redirect for want of a private link", () => {
  const location = "/login.html?error=private-link-validation-error";
  const error = failureOf(replyOf(302, "", { location }), TOKEN_CONTEXT);
  assert.match(error.message, /private link/);
});

Deno.test("readReply() says that a login page answered", () => {
  const error = failureOf(replyOf(200, "  <HTML>Log in"), TOKEN_CONTEXT);
  assert.match(error.message, /login page/);
});

Deno.test("readReply() refuses what was too long to read", () => {
  const reply = { ...replyOf(200, { name: "a" }), isTruncated: true };
  assert.match(failureOf(reply, TOKEN_CONTEXT).message, /more than 1 MiB/);
});

Deno.test("readReply() names the fields that are wrong, never a value", () => {
  const schema = v.object({
    token: v.pipe(v.string(), v.regex(/^x/)),
    info: v.object({ id: v.string(), at: v.number() }),
  });
  const reply = replyOf(200, { token: TOKEN, info: { id: [TOKEN] } });
  const error = failureOf(reply, TOKEN_CONTEXT, schema);
  assert.match(error.message, /"token", "info\.id", "info\.at" is missing or not as documented/);
  assert.doesNotMatch(Deno.inspect(error), /dapi/);
});

Deno.test("readReply() never repeats what it could not parse", () => {
  const error = failureOf(replyOf(200, `{"token_value": "${TOKEN}"`), TOKEN_CONTEXT);
  assert.doesNotMatch(Deno.inspect(error), /dapi/);
});

function replyOf(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): WorkspaceReply {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { status, headers: new Headers(headers), text, isTruncated: false };
}

function failureOf(
  reply: WorkspaceReply,
  context: ReplyContext,
  schema: v.GenericSchema = v.object({ name: v.string() }),
): CredentialError {
  try {
    readReply(reply, schema, context);
  } catch (error) {
    if (error instanceof CredentialError) return error;
    throw error;
  }
  assert.fail("it did not fail");
}

import assert from "node:assert/strict";
import { CredentialError } from "../support/errors.ts";
import { Secret } from "./credential.ts";
import { type ClientToken, fetchClientToken } from "./oauth.ts";

const NOW = 1_790_000_000_000;
const CLIENT_ID = "0d1c-id";
const CLIENT_SECRET = "doseée:1";

/** An identity provider that knows one client. */
async function answer(request: Request): Promise<Response> {
  const form = new URLSearchParams(await request.text());
  const [, basic = ""] = request.headers.get("authorization")?.split("Basic ") ?? [];
  const client = new TextDecoder().decode(Uint8Array.fromBase64(basic));
  if (client !== `${CLIENT_ID}:${CLIENT_SECRET}`) {
    const description = `Client authentication failed for ${client}`;
    return Response.json({ error: "invalid_client", error_description: description }, {
      status: 401,
    });
  }
  if (form.get("grant_type") !== "client_credentials" || form.get("scope") !== "all-apis") {
    return Response.json({ error: "invalid_request" }, { status: 400 });
  }
  return Response.json({
    access_token: "eyJ0.eyJz.c2ln",
    token_type: "Bearer",
    expires_in: 3600,
    scope: "all-apis",
  });
}

Deno.test("fetchClientToken() gives the token and counts its life from the question", async () => {
  let now = NOW;
  await using server = serve((request) => {
    now += 5_000;
    assert.equal(new URL(request.url).pathname, "/oidc/v1/token");
    assert.match(request.headers.get("content-type") ?? "", /^application\/x-www-form-urlencoded/);
    return answer(request);
  });
  const token = await ask(server, { now: () => now });
  assert.equal(token.secret.reveal(), "eyJ0.eyJz.c2ln");
  assert.equal(token.expiresAt, NOW + 3_600_000);
});

Deno.test("fetchClientToken() is forbidden for a wrong secret, and does not repeat it", async () => {
  await using server = serve(answer);
  const error = await failureOf(ask(server, { secret: "dose0123456789abcdef0123" }));
  assert.equal(error.kind, "forbidden");
  assert.match(error.message, /invalid_client/);
  assert.match(error.message, /Check DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET/);
  assert.doesNotMatch(Deno.inspect(error), /0123456789/);
});

Deno.test("fetchClientToken() understands the other error shape", async () => {
  await using server = serve(() =>
    Response.json({ errorCode: "E0000011", errorSummary: "No such client" }, { status: 400 })
  );
  const error = await failureOf(ask(server));
  assert.equal(error.kind, "forbidden");
  assert.match(error.message, /E0000011: No such client/);
});

Deno.test("fetchClientToken() tells limits and outages apart", async () => {
  await using server = serve((request) => {
    const status = request.headers.get("user-agent") === "keyturn/429" ? 429 : 503;
    return new Response("later", { status, headers: { "retry-after": "3" } });
  });
  const throttled = await failureOf(ask(server, { version: "429" }));
  assert.equal(throttled.kind, "throttled");
  assert.equal(throttled.retryAfterMs, 3_000);
  assert.equal((await failureOf(ask(server))).kind, "unreachable");
});

for (
  const [name, body] of Object.entries({
    "access_token": { access_token: "a b", expires_in: 3600 },
    "expires_in": { access_token: "a", expires_in: "3600" },
    "expires_in ": { access_token: "a", expires_in: 0 },
    " expires_in": { access_token: "a" },
  })
) {
  Deno.test(`fetchClientToken() is malformed for ${JSON.stringify(body)}`, async () => {
    await using server = serve(() => Response.json(body));
    const error = await failureOf(ask(server));
    assert.equal(error.kind, "malformed");
    assert.ok(error.message.includes(`"${name.trim()}"`), error.message);
  });
}

Deno.test("fetchClientToken() can be called off", async () => {
  await using server = serve(answer);
  const error = await failureOf(ask(server, { signal: AbortSignal.abort() }));
  assert.equal(error.kind, "unreachable");
});

interface AskOptions {
  readonly secret?: string;
  readonly now?: () => number;
  readonly version?: string;
  readonly signal?: AbortSignal;
}

function ask(
  server: Deno.HttpServer<Deno.NetAddr>,
  options: AskOptions = {},
): Promise<ClientToken> {
  const { secret = CLIENT_SECRET, ...rest } = options;
  return fetchClientToken({
    host: `http://127.0.0.1:${server.addr.port}`,
    clientId: CLIENT_ID,
    clientSecret: new Secret(secret),
    fetch,
    now: () => NOW,
    ...rest,
  });
}

function serve(handler: (request: Request) => Response | Promise<Response>) {
  return Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, handler);
}

async function failureOf(call: Promise<unknown>): Promise<CredentialError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof CredentialError) return error;
    throw error;
  }
  assert.fail("it did not fail");
}

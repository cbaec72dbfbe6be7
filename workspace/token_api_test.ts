import assert from "node:assert/strict";
import { CredentialError } from "../support/errors.ts";
import { Secret, tokenIdOf } from "./credential.ts";
import { createTokenApi, type TokenApi } from "./token_api.ts";

const NOW = 1_790_000_000_000;
const BOOTSTRAP = "dapi0000000000000000000000000000000";

interface StoredToken {
  readonly id: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly comment: string;
}

/** What a fault does instead of, or after, what was asked. */
type Fault = (answer: () => Promise<Response>) => Response | Promise<Response>;

/** A workspace that keeps its tokens, over a real socket. */
class FakeWorkspace implements AsyncDisposable {
  readonly tokens = new Map<string, StoredToken>();
  readonly requests: { method: string; path: string; body: unknown }[] = [];
  fault: Fault = (answer) => answer();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor() {
    this.#server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen() {} },
      (request) => this.fault(() => this.#answer(request)),
    );
    this.tokens.set(BOOTSTRAP, { id: "boot", createdAt: NOW, expiresAt: -1, comment: "" });
  }

  get host(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  api(options: { readonly timeoutMs?: () => number } = {}): TokenApi {
    return createTokenApi({ host: this.host, fetch, now: () => NOW, version: "0.0.0", ...options });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const path = new URL(request.url).pathname;
    const text = await request.text();
    const body = text === "" ? null : JSON.parse(text);
    this.requests.push({ method: request.method, path, body });
    const bearer = request.headers.get("authorization")?.replace(/^Bearer /, "") ?? "";
    if (!this.tokens.has(bearer)) return refuse(403, 403, "Invalid access token.");
    switch (`${request.method} ${path}`) {
      case "POST /api/2.0/token/create":
        return await this.#create(body);
      case "GET /api/2.0/token/list":
        return Response.json({ token_infos: [...this.tokens.values()].map(describe) });
      case "POST /api/2.0/token/delete":
        return this.#delete(body.token_id);
      case "GET /api/2.0/preview/scim/v2/Me":
        return Response.json({ id: "1", userName: "me@example.com", active: true });
      default:
        return refuse(404, "ENDPOINT_NOT_FOUND", `No API found for ${path}`);
    }
  }

  async #create(
    body: { readonly lifetime_seconds: number; readonly comment: string },
  ): Promise<Response> {
    const value = `dapi${crypto.randomUUID().replaceAll("-", "")}-2`;
    const token = {
      id: await tokenIdOf(new Secret(value)),
      createdAt: NOW,
      expiresAt: NOW + body.lifetime_seconds * 1000,
      comment: body.comment,
    };
    this.tokens.set(value, token);
    return Response.json({ token_value: value, token_info: describe(token) });
  }

  #delete(id: string): Response {
    for (const [value, token] of this.tokens) {
      if (token.id !== id) continue;
      this.tokens.delete(value);
      return Response.json({});
    }
    return refuse(404, "RESOURCE_DOES_NOT_EXIST", `Token ${id} does not exist!`);
  }
}

Deno.test("create() mints a token that can mint, list and revoke", async () => {
  await using workspace = new FakeWorkspace();
  const api = workspace.api();
  const minted = await api.create(new Secret(BOOTSTRAP), { lifetimeMs: 900_999, comment: "mine" });
  assert.equal(minted.createdAt, NOW);
  assert.equal(minted.expiresAt, NOW + 900_000);
  assert.equal(minted.tokenId, await tokenIdOf(minted.secret));
  assert.deepEqual(workspace.requests, [{
    method: "POST",
    path: "/api/2.0/token/create",
    body: { comment: "mine", lifetime_seconds: 900 },
  }]);

  assert.deepEqual(await api.list(minted.secret), [
    { tokenId: "boot", comment: "", createdAt: NOW, expiresAt: null, lastUsedAt: null },
    {
      tokenId: minted.tokenId,
      comment: "mine",
      createdAt: NOW,
      expiresAt: NOW + 900_000,
      lastUsedAt: null,
    },
  ]);
  assert.equal(await api.delete(minted.secret, "boot"), "deleted");
  assert.equal(await api.delete(minted.secret, "boot"), "not-found");
  const error = await failureOf(api.list(new Secret(BOOTSTRAP)));
  assert.equal(error.kind, "dead-token");
});

Deno.test("create() asks for at least one second", async () => {
  await using workspace = new FakeWorkspace();
  await workspace.api().create(new Secret(BOOTSTRAP), { lifetimeMs: 10, comment: "" });
  assert.deepEqual(workspace.requests[0]?.body, { comment: "", lifetime_seconds: 1 });
});

Deno.test("create() takes -1 as no expiry", async () => {
  await using workspace = new FakeWorkspace();
  workspace.fault = () => created({ expiry_time: -1 });
  const minted = await workspace.api().create(new Secret(BOOTSTRAP), ANY);
  assert.equal(minted.expiresAt, null);
});

Deno.test("create() refuses a token that was expired when it was made", async () => {
  await using workspace = new FakeWorkspace();
  workspace.fault = () => created({ expiry_time: NOW });
  const error = await failureOf(workspace.api().create(new Secret(BOOTSTRAP), ANY));
  assert.equal(error.kind, "malformed");
  assert.match(error.message, /expired when it was made/);
  assert.match(error.message, /sweep/);
});

const BROKEN: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "token_info.token_id": { token_id: 7 },
  "token_info.creation_time": { creation_time: String(NOW) },
  "token_info.expiry_time": { expiry_time: null },
};

for (const [field, info] of Object.entries(BROKEN)) {
  Deno.test(`create() names ${field} when it is wrong, never the token`, async () => {
    await using workspace = new FakeWorkspace();
    workspace.fault = () => created(info);
    const error = await failureOf(workspace.api().create(new Secret(BOOTSTRAP), ANY));
    assert.equal(error.kind, "malformed");
    assert.ok(error.message.includes(`"${field}"`), error.message);
    assert.match(error.message, /sweep/);
    assert.doesNotMatch(Deno.inspect(error), /dapi/);
  });
}

Deno.test("create() refuses a token that a header or the profile cannot hold", async () => {
  await using workspace = new FakeWorkspace();
  for (const value of ["", "dapi 1", "dapi1\n", "dapi#1", 1]) {
    workspace.fault = () => created({}, value);
    const error = await failureOf(workspace.api().create(new Secret(BOOTSTRAP), ANY));
    assert.match(error.message, /"token_value"/);
  }
});

Deno.test("create() says that a token may exist when the answer was lost", async () => {
  await using workspace = new FakeWorkspace();
  workspace.fault = async (answer) => {
    await answer();
    return refuse(500, "INTERNAL_ERROR", "Lost it");
  };
  const error = await failureOf(workspace.api().create(new Secret(BOOTSTRAP), ANY));
  assert.equal(error.kind, "unreachable");
  assert.match(error.message, /may have been made unseen; the sweep will find it/);
  assert.equal(workspace.tokens.size, 2);
});

Deno.test("create() says that a token may exist when no answer came in time", async () => {
  await using workspace = new FakeWorkspace();
  const tooLate = Promise.withResolvers<void>();
  workspace.fault = async (answer) => {
    const response = await answer();
    await tooLate.promise;
    return response;
  };
  const api = workspace.api({ timeoutMs: () => 100 });
  const error = await failureOf(api.create(new Secret(BOOTSTRAP), ANY));
  tooLate.resolve();
  assert.equal(error.kind, "unreachable");
  assert.match(error.message, /did not answer within 0\.1 s/);
  assert.match(error.message, /may have been made unseen/);
});

Deno.test("create() does not speak of unseen tokens when it was refused", async () => {
  await using workspace = new FakeWorkspace();
  const refusals = [
    refuse(403, "PERMISSION_DENIED", "No"),
    refuse(400, "QUOTA_EXCEEDED", "600"),
    refuse(429, "REQUEST_LIMIT_EXCEEDED", "Slow"),
    new Response(null, { status: 303, headers: { location: "/login" } }),
  ];
  for (const refusal of refusals) {
    workspace.fault = () => refusal;
    const error = await failureOf(workspace.api().create(new Secret(BOOTSTRAP), ANY));
    assert.doesNotMatch(error.message, /unseen/);
  }
});

Deno.test("list() takes an absent or null list for an empty one", async () => {
  await using workspace = new FakeWorkspace();
  for (const body of [{}, { token_infos: null }, { token_infos: [] }]) {
    workspace.fault = () => Response.json(body);
    assert.deepEqual(await workspace.api().list(new Secret(BOOTSTRAP)), []);
  }
});

Deno.test("list() accepts tokens without comment and expiry, and fields that it does not know", async () => {
  await using workspace = new FakeWorkspace();
  const info = { "token_id": "a", "creation_time": 1, "scopes": ["all"], "last_accessed_time": 0 };
  workspace.fault = () => Response.json({ token_infos: [info], next: 1 });
  assert.deepEqual(await workspace.api().list(new Secret(BOOTSTRAP)), [
    { tokenId: "a", comment: "", createdAt: 1, expiresAt: null, lastUsedAt: null },
  ]);
});

Deno.test("list() names the entry that is wrong", async () => {
  await using workspace = new FakeWorkspace();
  const info = { "token_id": "a", "creation_time": 1 };
  workspace.fault = () => Response.json({ token_infos: [info, { ...info, creation_time: "x" }] });
  const error = await failureOf(workspace.api().list(new Secret(BOOTSTRAP)));
  assert.equal(error.kind, "malformed");
  assert.match(error.message, /"token_infos\.1\.creation_time"/);
});

Deno.test("delete() takes the code for not-found under another status", async () => {
  await using workspace = new FakeWorkspace();
  workspace.fault = () => refuse(400, "RESOURCE_DOES_NOT_EXIST", "Gone");
  assert.equal(await workspace.api().delete(new Secret(BOOTSTRAP), "x"), "not-found");
  workspace.fault = () => new Response("Not Found", { status: 404 });
  assert.equal(await workspace.api().delete(new Secret(BOOTSTRAP), "x"), "not-found");
});

Deno.test("delete() does not take a missing API for a missing token", async () => {
  await using workspace = new FakeWorkspace();
  for (const code of ["FEATURE_DISABLED", "ENDPOINT_NOT_FOUND"]) {
    workspace.fault = () => refuse(404, code, "Not here");
    await failureOf(workspace.api().delete(new Secret(BOOTSTRAP), "x"));
  }
});

Deno.test("delete() accepts an empty answer, but no login page", async () => {
  await using workspace = new FakeWorkspace();
  workspace.fault = () => new Response(null, { status: 204 });
  assert.equal(await workspace.api().delete(new Secret(BOOTSTRAP), "x"), "deleted");
  workspace.fault = () => new Response("<html>Log in</html>");
  const error = await failureOf(workspace.api().delete(new Secret(BOOTSTRAP), "x"));
  assert.equal(error.kind, "malformed");
});

Deno.test("whoami() tells the user's name and nothing else", async () => {
  await using workspace = new FakeWorkspace();
  assert.deepEqual(await workspace.api().whoami(new Secret(BOOTSTRAP)), {
    userName: "me@example.com",
  });
});

Deno.test("whoami() reports an answer beyond 1 MiB", async () => {
  await using workspace = new FakeWorkspace();
  workspace.fault = () => Response.json({ userName: "x".repeat(1024 * 1024) });
  const error = await failureOf(workspace.api().whoami(new Secret(BOOTSTRAP)));
  assert.equal(error.kind, "malformed");
  assert.match(error.message, /more than 1 MiB/);
});

const ANY = { lifetimeMs: 900_000, comment: "mine" };

function created(
  info: Readonly<Record<string, unknown>>,
  value: unknown = "dapi1234567",
): Response {
  const token = { id: "a", createdAt: NOW, expiresAt: NOW + 1, comment: "" };
  return Response.json({ token_value: value, token_info: { ...describe(token), ...info } });
}

function describe({ id, createdAt, expiresAt, comment }: StoredToken) {
  return { token_id: id, creation_time: createdAt, expiry_time: expiresAt, comment };
}

function refuse(status: number, code: string | number, message: string): Response {
  return Response.json({ error_code: code, message }, { status });
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

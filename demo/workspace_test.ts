import assert from "node:assert/strict";
import { startWorkspace, type Workspace } from "./workspace.ts";

interface Sent {
  readonly method?: string;
  readonly body?: unknown;
}

async function send(workspace: Workspace, path: string, as: { bearer: string | null } & Sent) {
  const headers: Record<string, string> = as.bearer === null
    ? {}
    : { authorization: `Bearer ${as.bearer}` };
  const response = await fetch(workspace.origin + path, {
    method: as.method ?? (as.body === undefined ? "GET" : "POST"),
    headers,
    ...(as.body === undefined ? {} : { body: JSON.stringify(as.body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text };
}

const LIST = "/api/2.0/token/list";
const CREATE = "/api/2.0/token/create";
const DELETE = "/api/2.0/token/delete";
const CHAT = "/serving-endpoints/chat/completions";
const GATEWAY_CHAT = "/ai-gateway/mlflow/v1/chat/completions";
const PROBE = "/api/ai-gateway/v2/endpoints?page_size=1";
const ASK = { model: "m", messages: [{ role: "user", content: "hi" }] };

Deno.test("token/create mints a token that lives until its time and is listed meanwhile", async () => {
  let now = 1_000_000;
  await using workspace = startWorkspace({ now: () => now });
  const bearer = workspace.issue({ lifetimeMs: null }).value;
  const body = { comment: "c", "lifetime_seconds": 10 };
  const created = JSON.parse((await send(workspace, CREATE, { bearer, body })).text);
  assert.match(created.token_value, /^dapi[0-9a-f]{32}$/);
  assert.match(created.token_info.token_id, /^[0-9a-f]{64}$/);
  const bytes = new TextEncoder().encode(created.token_value);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  assert.deepEqual(created.token_info, {
    token_id: digest.toHex(),
    creation_time: 1_000_000,
    expiry_time: 1_010_000,
    comment: "c",
  });
  const list = async () =>
    JSON.parse((await send(workspace, LIST, { bearer })).text).token_infos.length;
  now = 1_009_999;
  assert.equal((await send(workspace, LIST, { bearer: created.token_value })).status, 200);
  assert.equal(await list(), 2);
  now = 1_010_000;
  assert.equal((await send(workspace, LIST, { bearer: created.token_value })).status, 403);
  assert.equal(await list(), 1);
  assert.deepEqual(workspace.tokens().map(({ state }) => state), ["live", "expired"]);
  assert.ok(!JSON.stringify(workspace.tokens()).includes("dapi"));
});

Deno.test("token/create refuses what the workspace refuses", async () => {
  await using workspace = startWorkspace({ tokenQuota: 1, minLifetimeSeconds: 60 });
  const bearer = workspace.issue({ lifetimeMs: null }).value;
  const codeFor = async (body: unknown) => {
    const { status, text } = await send(workspace, CREATE, { bearer, body });
    return [status, JSON.parse(text).error_code];
  };
  assert.deepEqual(await codeFor({ "lifetime_seconds": 0 }), [400, "INVALID_PARAMETER_VALUE"]);
  assert.deepEqual(await codeFor({ "lifetime_seconds": 59 }), [400, "INVALID_PARAMETER_VALUE"]);
  assert.deepEqual(await codeFor({ "lifetime_seconds": "x" }), [400, "MALFORMED_REQUEST"]);
  assert.deepEqual(await codeFor({ "lifetime_seconds": 60 }), [400, "QUOTA_EXCEEDED"]);
  assert.equal(workspace.stats().minted, 0);
});

Deno.test("token/delete revokes at once, also the token that asks", async () => {
  await using workspace = startWorkspace();
  const { value: bearer, tokenId } = workspace.issue({ lifetimeMs: null });
  const gone = await send(workspace, DELETE, { bearer, body: { token_id: tokenId } });
  assert.deepEqual([gone.status, gone.text], [200, "{}"]);
  assert.equal((await send(workspace, LIST, { bearer })).status, 403);
  assert.equal(workspace.stats().revoked, 1);
  assert.ok(!workspace.revoke(tokenId));
});

Deno.test("a token of another owner is not listed, not deleted and not changed", async () => {
  await using workspace = startWorkspace();
  const mine = workspace.issue({ lifetimeMs: null, owner: "me" });
  const yours = workspace.issue({ lifetimeMs: null, owner: "you", comment: "keep" });
  const bearer = mine.value;
  const listed = JSON.parse((await send(workspace, LIST, { bearer })).text).token_infos;
  assert.deepEqual(listed.map((info: { token_id: string }) => info.token_id), [mine.tokenId]);
  for (const id of [yours.tokenId, "0".repeat(64)]) {
    const deleted = await send(workspace, DELETE, { bearer, body: { token_id: id } });
    assert.equal(deleted.status, 404);
    assert.equal(JSON.parse(deleted.text).error_code, "RESOURCE_DOES_NOT_EXIST");
    const body = { token: { comment: "mine now" }, "update_mask": "comment" };
    const changed = await send(workspace, `/api/2.0/token/${id}`, {
      bearer,
      method: "PATCH",
      body,
    });
    assert.equal(changed.status, 404);
  }
  assert.equal((await send(workspace, LIST, { bearer: yours.value })).status, 200);
  assert.equal(workspace.tokens()[1]?.comment, "keep");
});

Deno.test("PATCH changes the comment of an own token", async () => {
  await using workspace = startWorkspace();
  const { value: bearer, tokenId } = workspace.issue({ lifetimeMs: null, comment: "old" });
  const body = { token: { comment: "new" }, "update_mask": "comment" };
  await send(workspace, `/api/2.0/token/${tokenId}`, { bearer, method: "PATCH", body });
  assert.equal(workspace.tokens()[0]?.comment, "new");
});

Deno.test("a dead token is turned away in the words that were chosen", async () => {
  for (const path of [LIST, CHAT]) {
    const body = path === CHAT ? { body: ASK } : {};
    const answerOf = async (deadTokenAnswer?: "403-html" | "401" | "400-text") => {
      await using workspace = startWorkspace(
        deadTokenAnswer === undefined ? {} : { deadTokenAnswer },
      );
      return await send(workspace, path, { bearer: "dapi-unknown", ...body });
    };
    const usual = await answerOf();
    assert.equal(usual.status, 403);
    assert.deepEqual(JSON.parse(usual.text), { error_code: 403, message: "Invalid access token." });
    assert.equal(usual.headers.get("X-Databricks-Reason-Phrase"), "Invalid access token.");
    const html = await answerOf("403-html");
    assert.equal(html.status, 403);
    assert.match(html.text, /<pre> {4}Invalid access token\.<\/pre>/);
    assert.equal((await answerOf("401")).status, 401);
    const text = await answerOf("400-text");
    assert.deepEqual(
      [text.status, text.text === "Invalid Token"],
      path === CHAT ? [400, true] : [403, false],
    );
  }
});

Deno.test("a request without a bearer gets 401, and a live token in its last moments 403", async () => {
  let now = 0;
  await using workspace = startWorkspace({ now: () => now, rejectLastMs: 30_000 });
  const missing = await send(workspace, LIST, { bearer: null });
  assert.deepEqual([missing.status, missing.text], [401, "{}"]);
  const bearer = workspace.issue({ lifetimeMs: 60_000 }).value;
  now = 30_000;
  const expiring = await send(workspace, LIST, { bearer });
  assert.equal(expiring.status, 403);
  assert.match(expiring.text, /Token is expiring within 30 seconds/);
});

Deno.test("scim Me names the owner, and unknown paths are 404", async () => {
  await using workspace = startWorkspace();
  const bearer = workspace.issue({ lifetimeMs: null, owner: "ada@example.com" }).value;
  const me = await send(workspace, "/api/2.0/preview/scim/v2/Me", { bearer });
  assert.equal(JSON.parse(me.text).userName, "ada@example.com");
  const unknown = await send(workspace, "/api/2.0/nothing", { bearer });
  assert.equal(unknown.status, 404);
  assert.equal(JSON.parse(unknown.text).error_code, "ENDPOINT_NOT_FOUND");
});

Deno.test("oidc/v1/token gives a service principal a token of its own", async () => {
  let now = 0;
  const oauthClients = [{ clientId: "sp", clientSecret: "s:ecret" }];
  await using workspace = startWorkspace({ now: () => now, oauthClients });
  const login = async (credentials: string) => {
    const response = await fetch(`${workspace.origin}/oidc/v1/token`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa(credentials)}` },
      body: new URLSearchParams({ grant_type: "client_credentials", scope: "all-apis" }),
    });
    return { status: response.status, body: await response.json() };
  };
  const wrong = await login("sp:other");
  assert.deepEqual([wrong.status, wrong.body.error], [401, "invalid_client"]);
  const { body } = await login("sp:s:ecret");
  assert.deepEqual([body.token_type, body.expires_in, body.scope], ["Bearer", 3600, "all-apis"]);
  const bearer = body.access_token;
  // An OAuth token is no personal access token: there is nothing to list.
  assert.equal((await send(workspace, LIST, { bearer })).text, "{}");
  now = 3_600_000;
  assert.equal((await send(workspace, LIST, { bearer })).status, 403);
});

Deno.test("the gateway answers when it is there, and is disabled when it is not", async () => {
  await using workspace = startWorkspace();
  const bearer = workspace.issue({ lifetimeMs: null }).value;
  const probe = await send(workspace, PROBE, { bearer });
  assert.equal(JSON.parse(probe.text).endpoints.length, 1);
  const models = await send(workspace, "/ai-gateway/anthropic/v1/models", { bearer });
  assert.ok(JSON.parse(models.text).data.length > 1);

  await using plain = startWorkspace({ gateway: false });
  const other = plain.issue({ lifetimeMs: null }).value;
  for (const path of [PROBE, "/ai-gateway/anthropic/v1/models", "/ai-gateway/nothing"]) {
    const refused = await send(plain, path, { bearer: other });
    assert.deepEqual([refused.status, JSON.parse(refused.text).error_code], [
      404,
      "FEATURE_DISABLED",
    ]);
  }
  assert.equal((await send(plain, GATEWAY_CHAT, { bearer: other, body: ASK })).status, 404);
  assert.equal((await send(plain, CHAT, { bearer: other, body: ASK })).status, 200);
});

Deno.test("serving-endpoints lists the models, one that cannot chat and one that is not ready", async () => {
  await using workspace = startWorkspace({ models: ["a"] });
  const bearer = workspace.issue({ lifetimeMs: null }).value;
  const { endpoints } = JSON.parse(
    (await send(workspace, "/api/2.0/serving-endpoints", { bearer }))
      .text,
  );
  const summary = endpoints.map((each: { name: string; task: string; state: { ready: string } }) =>
    `${each.name} ${each.task} ${each.state.ready}`
  );
  assert.deepEqual(summary, [
    "a llm/v1/chat READY",
    "databricks-gte-large-en llm/v1/embeddings READY",
    "team-llama-provisioned llm/v1/chat NOT_READY",
  ]);
});

Deno.test("requests() shows what arrived, byte for byte", async () => {
  await using workspace = startWorkspace({ now: () => 7 });
  const { value, tokenId } = workspace.issue({ lifetimeMs: null });
  const body = new Uint8Array([0x7b, 0x20, 0x7d]); // "{ }"
  const response = await fetch(`${workspace.origin}${CHAT}?a=b`, {
    method: "POST",
    headers: { authorization: `Bearer ${value}`, "x-extra": "1" },
    body,
  });
  await response.body?.cancel();
  const [record] = workspace.requests();
  assert.ok(record !== undefined);
  assert.deepEqual([record.method, record.path, record.at], ["POST", `${CHAT}?a=b`, 7]);
  assert.deepEqual(record.body, body);
  assert.deepEqual([record.tokenId, record.status], [tokenId, 400]);
  assert.deepEqual([record.finished, record.aborted], [true, false]);
  assert.deepEqual(record.headers.find(([name]) => name === "x-extra"), ["x-extra", "1"]);
  workspace.clear();
  assert.deepEqual(workspace.requests(), []);
});

Deno.test("stats() tells inference that was answered, refused and failed, by token", async () => {
  await using workspace = startWorkspace();
  const { value: bearer, tokenId } = workspace.issue({ lifetimeMs: null });
  await send(workspace, CHAT, { bearer, body: ASK });
  await send(workspace, CHAT, { bearer, body: ASK });
  await send(workspace, CHAT, { bearer, body: {} });
  await send(workspace, CREATE, { bearer, body: {} });
  workspace.revoke(tokenId);
  await send(workspace, CHAT, { bearer, body: ASK });
  await send(workspace, LIST, { bearer });
  assert.deepEqual(workspace.stats(), {
    inference: { ok: 2, refused: 1, failed: 1 },
    minted: 1,
    revoked: 1,
    byTokenId: { [tokenId]: 2 },
  });
});

Deno.test("/__sim arms faults, shows tokens without values, and is not recorded", async () => {
  await using workspace = startWorkspace();
  const { value: bearer, tokenId } = workspace.issue({ lifetimeMs: null, comment: "seed" });
  const rule = { match: { path: CHAT }, action: { kind: "status", status: 503 } };
  assert.equal(
    (await send(workspace, "/__sim/faults", { bearer: null, body: rule })).status,
    200,
  );
  assert.equal((await send(workspace, CHAT, { bearer, body: ASK })).status, 503);
  await send(workspace, "/__sim/faults", { bearer: null, method: "DELETE" });
  assert.equal((await send(workspace, CHAT, { bearer, body: ASK })).status, 200);
  const wrong = { action: { kind: "explode" } };
  assert.equal(
    (await send(workspace, "/__sim/faults", { bearer: null, body: wrong })).status,
    400,
  );
  const shown = await send(workspace, "/__sim/tokens", { bearer: null });
  assert.deepEqual(JSON.parse(shown.text).tokens.map((token: { id: string }) => token.id), [
    tokenId,
  ]);
  assert.ok(!shown.text.includes(bearer));
  const stats = JSON.parse((await send(workspace, "/__sim/stats", { bearer: null })).text);
  assert.deepEqual(stats.inference, { ok: 1, refused: 0, failed: 1 });
  assert.equal(workspace.requests().length, 2);
});

Deno.test("/__sim refuses what a page in a browser sends", async () => {
  await using workspace = startWorkspace();
  const response = await fetch(`${workspace.origin}/__sim/faults`, {
    method: "POST",
    headers: { origin: "http://evil.example" },
    body: JSON.stringify({ action: { kind: "hang" } }),
  });
  assert.equal(response.status, 403);
  await response.body?.cancel();
});

/** What the service answers by itself, and to whom. */

import assert from "node:assert/strict";
import { CAPABILITY, type ProxyFixture, startProxy } from "./support/proxy_fixture.ts";
import { headerOf, startRawUpstream, wholeAnswer } from "./support/raw_upstream.ts";
import { exchangeRaw, rawRequest } from "./support/raw_client.ts";
import { until } from "./support/until.ts";

const NOBODY = { headers: {} };

Deno.test("/health says ok to anybody, also to HEAD, with or without a credential", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin, token: null });
  const response = await proxy.call("/health", NOBODY);
  assert.equal(response.status, 200);
  assert.equal(await response.text(), '{"status":"ok"}');
  const head = await exchangeRaw(
    proxy,
    rawRequest("HEAD /health", { headers: [`Host: 127.0.0.1:${proxy.port}`] }),
  );
  assert.equal(head.status, 200);
  assert.match(head.head, /content-length: 15/i);
  assert.equal(head.rest.length, 0);
  assert.equal(proxy.rotator.count("needed"), 0);
  assert.equal(workspace.connections, 0);
});

Deno.test("/ready says whether requests can be forwarded, and names nothing", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}", { status: "401 No" }));
  await using proxy = await startProxy({ upstream: workspace.origin, token: null });
  const ready = async () => {
    const response = await proxy.call("/ready", NOBODY);
    return { status: response.status, body: await response.json() };
  };
  const before = await ready();
  assert.equal(before.status, 503);
  assert.match(before.body.reason, /still being checked/);

  await proxy.rotator.publish(1, "dapi-canary");
  assert.deepEqual(await ready(), { status: 200, body: { status: "ready" } });

  proxy.rotator.onHeard = ({ type }) => {
    if (type !== "rejected") return;
    proxy.rotator.tell({
      state: "lost",
      lastFailure: `The profile at ${workspace.origin} holds dapi-canary`,
    });
  };
  await (await proxy.post("/v1/messages", "{}")).body?.cancel();
  const after = await ready();
  assert.equal(after.status, 503);
  assert.match(after.body.reason, /nothing at hand can make one/);
  assert.doesNotMatch(JSON.stringify(after.body), /127\.0\.0\.1|dapi|profile at/);
});

Deno.test("asking whether the service is ready holds no credential", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin });
  for (let call = 0; call < 3; call++) {
    for (const path of ["/ready", "/health"]) {
      await (await proxy.call(path, NOBODY)).body?.cancel();
    }
  }
  assert.equal(proxy.proxy.stats().inFlight, 0);
  await proxy.rotator.publish(2, "dapi-2");
  proxy.rotator.say({ type: "drain", number: 1 });
  await until("generation 1 is drained", () => proxy.rotator.count("drained") === 1);
});

Deno.test("the operator's routes are the operator's: no agent, nobody else", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin, token: "dapi-canary" });
  proxy.rotator.onHeard = (message) => {
    if (message.type !== "rotate") return;
    const outcome = { ok: true, oldId: "a", newId: "b" } as const;
    proxy.rotator.say({ type: "rotated", id: message.id, outcome });
  };
  const rows: readonly (readonly [method: string, path: string, answer: RegExp])[] = [
    ["GET", "/metrics", /^# HELP keyturn_/],
    ["GET", "/keyturn/status", /^\{"version":1,/],
    ["GET", "/", /^<!doctype html>\n.*all is well|not well/s],
    ["POST", "/keyturn/rotate", /^\{"oldId":"a","newId":"b"\}$/],
    ["POST", "/keyturn/token", /^dapi-canary\n$/],
  ];
  for (const [method, path, answer] of rows) {
    for (const key of [null, "wrong", proxy.keys.pi, proxy.keys.hermes]) {
      const headers: Record<string, string> = key === null ? {} : { "x-api-key": key };
      const response = await proxy.call(path, { method, headers });
      assert.equal(response.status, 401, `${path} for ${key}`);
      const text = await response.text();
      assert.doesNotMatch(text, /dapi|keyturn_in_flight|doctype/);
      assert.match(text, /the operator's key/);
    }
    const response = await proxy.call(path, { method, headers: operator(proxy) });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("cache-control"), "no-store");
    assert.match(await response.text(), answer);
  }
  assert.equal(proxy.rotator.count("rotate"), 1, "only the operator's call went through");
});

Deno.test("a browser opens the page at / with the operator's key in its address", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin, token: "dapi-canary" });
  proxy.rotator.tell({
    state: "retrying",
    generation: 7,
    tokenId: "f00d",
    failures: 3,
    lastFailure: '<script src="//evil"></script> & dapi-canary',
  });
  const path = `/?key=${proxy.keys.operator}`;
  const headers = { "sec-fetch-site": "none", "sec-fetch-mode": "navigate" };
  const response = await proxy.call(path, { headers });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "text/html; charset=utf-8");
  assert.equal(response.headers.get("referrer-policy"), "no-referrer");
  assert.match(response.headers.get("content-security-policy") ?? "", /^default-src 'none';/);
  const page = await response.text();
  assert.match(page, /<h1>Keyturn: not well<\/h1>/);
  assert.match(page, /generation 7/);
  assert.match(page, /&lt;script src=&quot;\/\/evil&quot;&gt;&lt;\/script&gt; &amp; /);
  assert.doesNotMatch(page, /<script|kt_|\/metadata\//, "nothing of others' and no secret");
});

Deno.test("status and metrics tell how it is, without any token", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin, token: "dapi-canary" });
  proxy.rotator.tell({
    state: "live",
    generation: 7,
    tokenId: "f00d",
    issuedAt: Date.now() - 100_000,
    expiresAt: Date.now() + 800_000,
    rotations: 6,
  });
  await proxy.rotator.publish(7, "dapi-canary");
  await (await proxy.post("/v1/messages", "{}")).body?.cancel();
  await (await proxy.call("/nothing")).body?.cancel();
  const status = await (await proxy.call("/keyturn/status", { headers: operator(proxy) })).json();
  assert.equal(status.credential.state, "live");
  assert.equal(status.credential.generation, 7);
  assert.equal(status.credential.tokenId, "f00d");
  assert(status.credential.secondsToExpiry > 700);
  assert.equal(status.requests.requests, 1);
  assert.equal(status.requests.agents.pi.requests, 1);
  assert.deepEqual(status.requests.refused, { "404": 1 });
  assert.equal(status.metadataUrl, `${proxy.origin}/metadata/${CAPABILITY}`);
  assert.doesNotMatch(JSON.stringify(status), /dapi/);
  const metrics = await (await proxy.call("/metrics", { headers: operator(proxy) })).text();
  assert.match(metrics, /^keyturn_credential_generation 7$/m);
  assert.match(metrics, /^keyturn_rotations_total 6$/m);
  assert.match(metrics, /^keyturn_requests_total\{agent="pi"\} 1$/m);
  assert.match(metrics, /^keyturn_refused_total\{status="404"\} 1$/m);
  assert.doesNotMatch(metrics, /dapi/);
});

Deno.test("a rotation that fails says why", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin });
  proxy.rotator.onHeard = (message) => {
    if (message.type !== "rotate") return;
    const outcome = { ok: false, message: "PATs are switched off" } as const;
    proxy.rotator.say({ type: "rotated", id: message.id, outcome });
  };
  const response = await proxy.call("/keyturn/rotate", {
    method: "POST",
    headers: operator(proxy),
  });
  assert.equal(response.status, 502);
  assert.equal((await response.json()).error.message, "PATs are switched off");
  assert.equal(proxy.proxy.stats().upstreamFailures, 0);
});

Deno.test("defect 12: models are listed in the shape that the caller knows", async () => {
  const listing = JSON.stringify({
    endpoints: [
      { name: "databricks-gpt-5", state: { ready: "READY" }, task: "llm/v1/chat" },
      { name: "an-embedder", state: { ready: "READY" }, task: "llm/v1/embeddings" },
    ],
  });
  await using workspace = startRawUpstream(wholeAnswer(listing));
  await using proxy = await startProxy({ upstream: workspace.origin });
  const list = async (path: string, headers: Record<string, string> = {}) =>
    await (await proxy.call(path, { headers: { "x-api-key": proxy.keys.pi, ...headers } })).json();
  const openAi = {
    object: "list",
    data: [{ id: "databricks-gpt-5", object: "model", created: 0, owned_by: "databricks" }],
  };
  assert.deepEqual(await list("/models"), openAi);
  assert.deepEqual(await list("/v1/models"), openAi);
  assert.deepEqual(await list("/v1/models?client_version=0.169.0"), openAi);
  const anthropic = await list("/anthropic/v1/models");
  assert.deepEqual(anthropic.data.map(({ id, type }: Record<string, string>) => [id, type]), [
    ["databricks-gpt-5", "model"],
  ]);
  assert.deepEqual(await list("/v1/models", { "anthropic-version": "2023-06-01" }), anthropic);
  assert.deepEqual(await list("/ai-gateway/anthropic/v1/models"), anthropic, "its own path");
  const gemini = await list("/gemini/v1beta/models");
  assert.equal(gemini.models[0].name, "models/databricks-gpt-5");
  // One look at the workspace serves them all.
  assert.equal(workspace.requests.length, 1);
  const [request] = workspace.requests;
  assert(request);
  assert.equal(request.target, "/api/2.0/serving-endpoints");
  assert.equal(headerOf(request, "authorization"), "Bearer dapi-1");
  assert.equal(proxy.proxy.stats().inFlight, 0);
});

Deno.test("a list of models that cannot be had is an error in the caller's dialect", async () => {
  for (
    const [status, body] of [
      ["403 No", '{"error_code":"PERMISSION_DENIED","message":"no"}'],
      ["200 OK", "<html>login</html>"],
      ["302 Found", ""],
    ] as const
  ) {
    await using workspace = startRawUpstream(wholeAnswer(body, { status }));
    await using proxy = await startProxy({ upstream: workspace.origin });
    const response = await proxy.call("/v1/models", {
      headers: { "x-api-key": proxy.keys.pi, "anthropic-version": "2023-06-01" },
    });
    assert.equal(response.status, 502);
    const { type, error } = await response.json();
    assert.equal(type, "error");
    assert.match(error.message, /^Cannot list the workspace's models: /);
    assert.equal(proxy.proxy.stats().inFlight, 0);
  }
});

Deno.test("models need a key like everything else", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin });
  const response = await proxy.call("/v1/models", NOBODY);
  assert.equal(response.status, 401);
  await response.body?.cancel();
  assert.equal(workspace.connections, 0);
});

function operator(proxy: ProxyFixture): Record<string, string> {
  return { authorization: `Bearer ${proxy.keys.operator}` };
}

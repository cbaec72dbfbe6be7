/** Every path that a caller may use leads to one place under each mode, and no other path exists. */

import assert from "node:assert/strict";
import type { UpstreamMode } from "../workspace/endpoints.ts";
import { startProxy } from "./support/proxy_fixture.ts";
import { startRawUpstream, wholeAnswer } from "./support/raw_upstream.ts";

interface Row {
  readonly clients: readonly string[];
  readonly upstream: Readonly<Record<UpstreamMode, string>>;
}

const GEMINI_MODEL = "databricks-gemini-2.5-flash";

const ROWS: readonly Row[] = [
  {
    clients: [
      "/chat/completions",
      "/v1/chat/completions",
      "/mlflow/v1/chat/completions",
      "/serving-endpoints/chat/completions",
      "/ai-gateway/mlflow/v1/chat/completions",
    ],
    upstream: {
      "ai-gateway": "/ai-gateway/mlflow/v1/chat/completions",
      "gateway-host": "G/mlflow/v1/chat/completions",
      "serving-endpoints": "/serving-endpoints/chat/completions",
    },
  },
  {
    clients: [
      "/v1/responses",
      "/openai/v1/responses",
      "/codex/v1/responses",
      "/serving-endpoints/responses",
      "/ai-gateway/codex/v1/responses",
    ],
    upstream: {
      "ai-gateway": "/ai-gateway/codex/v1/responses",
      "gateway-host": "G/openai/v1/responses",
      "serving-endpoints": "/serving-endpoints/responses",
    },
  },
  ...["/v1/messages", "/v1/messages/count_tokens"].map((path): Row => ({
    clients: [
      path,
      `/anthropic${path}`,
      `/serving-endpoints/anthropic${path}`,
      `/ai-gateway/anthropic${path}`,
    ],
    upstream: {
      "ai-gateway": `/ai-gateway/anthropic${path}`,
      "gateway-host": `G/anthropic${path}`,
      "serving-endpoints": `/serving-endpoints/anthropic${path}`,
    },
  })),
  ...["generateContent", "streamGenerateContent", "countTokens"].map((call): Row => {
    const path = `/gemini/v1beta/models/${GEMINI_MODEL}:${call}`;
    return {
      clients: [path, `/serving-endpoints${path}`, `/ai-gateway${path}`],
      upstream: {
        "ai-gateway": `/ai-gateway${path}`,
        "gateway-host": `G${path}`,
        "serving-endpoints": `/serving-endpoints${path}`,
      },
    };
  }),
  {
    clients: ["/serving-endpoints/my-model.v2/invocations"],
    upstream: {
      "ai-gateway": "/serving-endpoints/my-model.v2/invocations",
      "gateway-host": "/serving-endpoints/my-model.v2/invocations",
      "serving-endpoints": "/serving-endpoints/my-model.v2/invocations",
    },
  },
];

const ANSWER = wholeAnswer("{}");

for (const mode of ["ai-gateway", "gateway-host", "serving-endpoints"] as const) {
  Deno.test(`the proxy sends each route to its place under ${mode}`, async () => {
    await using workspace = startRawUpstream(ANSWER);
    await using gateway = startRawUpstream(ANSWER);
    await using proxy = await startProxy({
      upstream: workspace.origin,
      config: { upstreamMode: mode, gatewayHost: gateway.origin },
    });
    for (const { clients, upstream } of ROWS) {
      for (const client of clients) {
        const before = [workspace.requests.length, gateway.requests.length];
        const response = await proxy.post(`${client}?alt=sse`, "{}");
        assert.equal(response.status, 200, client);
        await response.body?.cancel();
        const place = upstream[mode];
        const [used, idle] = place.startsWith("G") ? [gateway, workspace] : [workspace, gateway];
        const [usedBefore, idleBefore] = place.startsWith("G") ? before.toReversed() : before;
        assert.equal(used.requests.length, (usedBefore ?? 0) + 1, client);
        assert.equal(idle.requests.length, idleBefore, `${client} goes to one place`);
        assert.equal(used.requests.at(-1)?.method, "POST");
        assert.equal(used.requests.at(-1)?.target, `${place.replace(/^G/, "")}?alt=sse`, client);
      }
    }
  });
}

Deno.test("PROXY_UPSTREAM_BASE takes OpenAI chat and nothing else, in every mode", async () => {
  await using workspace = startRawUpstream(ANSWER);
  await using base = startRawUpstream(ANSWER);
  for (const mode of ["ai-gateway", "gateway-host", "serving-endpoints"] as const) {
    await using proxy = await startProxy({
      upstream: workspace.origin,
      config: {
        upstreamMode: mode,
        gatewayHost: workspace.origin,
        chatBase: `${base.origin}/own/base`,
      },
    });
    await (await proxy.post("/v1/chat/completions?a=1", "{}")).body?.cancel();
    assert.equal(base.requests.at(-1)?.target, "/own/base/chat/completions?a=1");
    const before = base.requests.length;
    for (const path of ["/v1/responses", "/v1/messages", "/serving-endpoints/m/invocations"]) {
      await (await proxy.post(path, "{}")).body?.cancel();
    }
    assert.equal(base.requests.length, before);
  }
});

Deno.test("PROXY_GEMINI_UPSTREAM_BASE takes Gemini and nothing else", async () => {
  await using workspace = startRawUpstream(ANSWER);
  await using base = startRawUpstream(ANSWER);
  await using proxy = await startProxy({
    upstream: workspace.origin,
    config: { geminiBase: `${base.origin}/gem` },
  });
  await (await proxy.post("/gemini/v1beta/models/m:generateContent", "{}")).body?.cancel();
  assert.equal(base.requests.at(-1)?.target, "/gem/v1beta/models/m:generateContent");
  await (await proxy.post("/v1/chat/completions", "{}")).body?.cancel();
  assert.equal(base.requests.length, 1);
});

Deno.test("the mode that the rotator finds out later is the mode of the next request", async () => {
  await using workspace = startRawUpstream(ANSWER);
  await using proxy = await startProxy({
    upstream: workspace.origin,
    config: { upstreamMode: null },
  });
  await (await proxy.post("/v1/chat/completions", "{}")).body?.cancel();
  assert.equal(workspace.requests.at(-1)?.target, "/serving-endpoints/chat/completions");
  proxy.rotator.say({ type: "mode", mode: "ai-gateway" });
  await proxy.rotator.publish(2, "dapi-2");
  await (await proxy.post("/v1/chat/completions", "{}")).body?.cancel();
  assert.equal(workspace.requests.at(-1)?.target, "/ai-gateway/mlflow/v1/chat/completions");
});

Deno.test("defect 12: any other path or method is 404 in the dialect that it looks like", async () => {
  await using workspace = startRawUpstream(ANSWER);
  await using proxy = await startProxy({ upstream: workspace.origin });
  const chat = /^\{"error":\{"message":"Keyturn has no route [A-Z]+ \/.*","type":"not_found_error"/;
  const rows: readonly (readonly [string, string, RegExp])[] = [
    ["GET", "/nothing", chat],
    ["POST", "/v1/embeddings", chat],
    ["GET", "/v1/chat/completions", chat],
    ["PUT", "/v1/chat/completions", chat],
    ["DELETE", "/v1/responses", chat],
    ["POST", "/models", chat],
    ["POST", "/health", chat],
    ["HEAD", "/ready", /^$/],
    ["POST", "/api/2.0/token/create", chat],
    ["POST", "/v1/chat/completions/", chat],
    ["POST", "/V1/chat/completions", chat],
    ["POST", "/serving-endpoints//invocations", chat],
    ["POST", "/serving-endpoints/a/b/invocations", chat],
    ["POST", "/v1/messages/batches", /^\{"type":"error","error":\{"type":"not_found_error"/],
    ["GET", "/anthropic/v1/messages", /^\{"type":"error"/],
    [
      "POST",
      "/gemini/v1beta/models/m:embedContent",
      /^\{"error":\{"code":404,"message":".*","status":"NOT_FOUND"\}\}$/,
    ],
    ["POST", "/gemini/v1beta/models/a/b:generateContent", /"status":"NOT_FOUND"/],
    ["POST", "/gemini/v1beta/models/..:generateContent", /"status":"NOT_FOUND"/],
  ];
  for (const [method, path, shape] of rows) {
    const response = await proxy.call(path, {
      method,
      headers: { authorization: `Bearer ${proxy.keys.pi}` },
    });
    assert.equal(response.status, 404, `${method} ${path}`);
    assert.match(await response.text(), shape, `${method} ${path}`);
  }
  assert.equal(workspace.connections, 0);
});

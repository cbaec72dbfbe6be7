/** What may cross the proxy beside the body: no credential of the caller's, nothing of one hop's. */

import assert from "node:assert/strict";
import { startProxy } from "./support/proxy_fixture.ts";
import { headerOf, startRawUpstream, wholeAnswer } from "./support/raw_upstream.ts";
import { exchangeRaw, rawRequest } from "./support/raw_client.ts";

const PATH = "/v1/chat/completions";

Deno.test("defect 17: no credential of the caller's goes upstream, and exactly one bearer does", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin, token: "dapi-fresh" });
  const { pi, hermes } = proxy.keys;
  const response = await proxy.post(`${PATH}?key=${pi}&a=1&%6Bey=${hermes}`, "{}", {
    "authorization": `Bearer ${pi}`,
    "x-api-key": hermes,
    "x-goog-api-key": pi,
    "api-key": "sk-1",
    "cookie": "session=1",
    "proxy-authorization": "Basic xyz",
    "x-databricks-authorization": "Bearer dapi-own",
    "x-databricks-ai-gateway-token": "dapi-own",
    "x-databricks-azure-sp-management-token": "eyJ-own",
    "x-databricks-gcp-sa-access-token": "ya29-own",
  });
  await response.body?.cancel();
  const request = workspace.requests.at(0);
  assert(request);
  assert.equal(request.target, "/serving-endpoints/chat/completions?a=1");
  const text = JSON.stringify(request.headers);
  for (const secret of [pi, hermes, "sk-1", "session", "xyz", "own"]) {
    assert(!text.includes(secret), `${secret} stays here`);
  }
  const bearers = request.headers.filter(([name]) => name.toLowerCase() === "authorization");
  assert.deepEqual(bearers.map(([, value]) => value), ["Bearer dapi-fresh"]);
});

Deno.test("what an agent says of itself goes upstream as it is", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin });
  const own = {
    "user-agent": "claude-cli/2.1.330 (external, cli)",
    "content-type": "application/json; charset=utf-8",
    "accept": "text/event-stream",
    "anthropic-version": "2023-06-01",
    "anthropic-beta": "a-2025-01-01,b-2025-02-02",
    "x-databricks-use-coding-agent-mode": "true",
    "x-session-id": "s 1",
  };
  await (await proxy.post("/v1/messages?beta=true", "{}", own)).body?.cancel();
  const request = workspace.requests.at(0);
  assert(request);
  for (const [name, value] of Object.entries(own)) assert.equal(headerOf(request, name), value);
});

Deno.test("defect 17: headers of one hop end there, those that Connection names as well, upwards", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin });
  const answer = await exchangeRaw(
    proxy,
    rawRequest(`POST ${PATH}`, {
      headers: [
        `Host: 127.0.0.1:${proxy.port}`,
        `Authorization: Bearer ${proxy.keys.pi}`,
        "Connection: X-Named, keep-alive",
        "X-Named: 1",
        "Keep-Alive: timeout=5",
        "Proxy-Connection: keep-alive",
        "TE: trailers",
        "Trailer: X-Sum",
        "Upgrade: websocket",
        "Expect: 100-continue",
        "Forwarded: for=1.2.3.4",
        "X-Forwarded-For: 1.2.3.4",
        "Via: 1.1 other",
        "X-Kept: yes",
        "Content-Length: 2",
      ],
      body: "{}",
    }),
  );
  // The first answer is the interim one that the caller asked for.
  assert.equal(answer.status, 100);
  const request = workspace.requests.at(0);
  assert(request);
  assert.equal(headerOf(request, "x-kept"), "yes");
  assert.equal(headerOf(request, "host"), new URL(workspace.origin).host);
  const names = request.headers.map(([name]) => name.toLowerCase());
  for (
    const name of [
      "connection",
      "x-named",
      "keep-alive",
      "proxy-connection",
      "te",
      "trailer",
      "upgrade",
      "expect",
      "forwarded",
      "x-forwarded-for",
      "via",
      "transfer-encoding",
    ]
  ) {
    assert(!names.includes(name), `${name} ends here`);
  }
  assert.equal(new Set(names).size, names.length, "no header twice");
});

Deno.test("defect 17: headers of one hop and of another origin do not come back", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}", {
    headers: [
      "content-type: application/json",
      "connection: x-named",
      "x-named: 1",
      "keep-alive: timeout=5",
      "proxy-authenticate: Basic",
      "trailer: x-sum",
      "upgrade: h2c",
      "set-cookie: a=1",
      "set-cookie: b=2",
      "alt-svc: h3",
      "strict-transport-security: max-age=1",
      "x-keyturn-repairs: of-another",
      "access-control-allow-origin: *",
      "access-control-allow-credentials: true",
      "x-request-id: r-1",
      "anthropic-ratelimit-requests-remaining: 9",
      "retry-after: 7",
      "date: Mon, 23 Nov 2026 00:00:00 GMT",
    ],
  }));
  await using proxy = await startProxy({ upstream: workspace.origin });
  const response = await proxy.post(PATH, "{}");
  assert.equal(await response.text(), "{}");
  assert.deepEqual(Object.fromEntries(response.headers), {
    "anthropic-ratelimit-requests-remaining": "9",
    "content-length": "2",
    "content-type": "application/json",
    "date": "Mon, 23 Nov 2026 00:00:00 GMT",
    "retry-after": "7",
    "x-request-id": "r-1",
  });
});

Deno.test("an answer has no header that Keyturn made up", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}", { headers: [] }));
  await using proxy = await startProxy({ upstream: workspace.origin });
  const { head } = await exchangeRaw(
    proxy,
    rawRequest(`POST ${PATH}`, {
      headers: [
        `Host: 127.0.0.1:${proxy.port}`,
        `X-Api-Key: ${proxy.keys.pi}`,
        "Accept-Encoding: gzip",
        "Content-Length: 2",
      ],
      body: "{}",
    }),
  );
  const names = head.split("\n").slice(1).map((line) => line.split(":")[0]?.toLowerCase()).sort();
  assert.deepEqual(names, ["connection", "content-length", "date"]);
});

Deno.test("upstream is asked for plain bytes, whatever encodings the caller knows", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin });
  for (const headers of [{}, { "accept-encoding": "gzip, deflate, br, zstd" }]) {
    await (await proxy.post(PATH, "{}", headers)).body?.cancel();
    const request = workspace.requests.at(-1);
    assert(request);
    const asked = request.headers.filter(([name]) => name.toLowerCase() === "accept-encoding");
    assert.deepEqual(asked.map(([, value]) => value), ["identity"]);
  }
});

Deno.test("a query goes upstream byte for byte, without its key", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin });
  const { pi } = proxy.keys;
  const rows: readonly (readonly [sent: string, arrives: string])[] = [
    ["?beta=true", "?beta=true"],
    ["?alt=sse&a=%2F%2f+%20&b&=c&&", "?alt=sse&a=%2F%2f+%20&b&=c&&"],
    ["?a=b=c?d/e:f@g;h,i!j$k(l)m*n~o", "?a=b=c?d/e:f@g;h,i!j$k(l)m*n~o"],
    ["?a={x}|[y]^`z", "?a={x}|[y]^`z"],
    ["?a=%zz&b=%", "?a=%zz&b=%"],
    [`?alt=sse&key=${pi}`, "?alt=sse"],
    [`?key=${pi}&alt=sse`, "?alt=sse"],
    [`?key=${pi}`, ""],
    [`?key=${pi}&key=other`, ""],
    [`?monkey=1&keys=2&KEY=3&key=${pi}`, "?monkey=1&keys=2&KEY=3"],
  ];
  for (const [sent, arrives] of rows) {
    const before = workspace.requests.length;
    const { status } = await exchangeRaw(
      proxy,
      rawRequest(`POST ${PATH}${sent}`, {
        headers: [
          `Host: 127.0.0.1:${proxy.port}`,
          `X-Api-Key: ${pi}`,
          "Content-Length: 2",
        ],
        body: "{}",
      }),
    );
    assert.equal(status, 200, sent);
    assert.equal(workspace.requests.length, before + 1);
    assert.equal(
      workspace.requests.at(-1)?.target,
      `/serving-endpoints/chat/completions${arrives}`,
      sent,
    );
  }
});

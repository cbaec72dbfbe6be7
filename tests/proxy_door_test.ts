/** Who is let in: agents with their key, and nothing that a web page can send. */

import assert from "node:assert/strict";
import { makeKey, renderKeys } from "../support/keys_file.ts";
import { type ProxyFixture, startProxy } from "./support/proxy_fixture.ts";
import { startRawUpstream, wholeAnswer } from "./support/raw_upstream.ts";
import { bodyText, exchangeRaw, type RawAnswer, rawRequest } from "./support/raw_client.ts";
import { fromLatin1 } from "./support/bytes.ts";
import { until } from "./support/until.ts";

const PATH = "/v1/chat/completions";

/** A request with the right key that differs in a few lines from one that is let in. */
function knock(
  proxy: ProxyFixture,
  change: { line?: string; host?: string | null; headers?: readonly string[] } = {},
): Promise<RawAnswer> {
  const { line = `POST ${PATH}`, host = `127.0.0.1:${proxy.port}`, headers = [] } = change;
  return exchangeRaw(
    proxy,
    rawRequest(line, {
      headers: [
        ...(host === null ? [] : [`Host: ${host}`]),
        `X-Api-Key: ${proxy.keys.pi}`,
        "Content-Length: 2",
        ...headers,
      ],
      body: "{}",
    }),
  );
}

Deno.test("only the service's own names are let in as Host", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin });
  const { port } = proxy;
  const own = [`127.0.0.1:${port}`, `localhost:${port}`, `LocalHost:${port}`, `[::1]:${port}`];
  for (const host of own) {
    assert.equal((await knock(proxy, { host })).status, 200, host);
  }
  const before = workspace.requests.length;
  for (
    const host of [
      "",
      "evil.example",
      `evil.example:${port}`,
      `127.0.0.1.evil.example:${port}`,
      `localhost.:${port}`,
      "127.0.0.1",
      "localhost",
      `127.0.0.1:${port + 1}`,
      `127.0.0.1:${port}@evil.example`,
      `evil.example@127.0.0.1:${port}`,
      `127.0.0.1:${port}/x`,
      `192.168.0.1:${port}`,
      `0.0.0.0:${port}`,
      `2130706433:${port}`,
      `host:${port}`,
    ]
  ) {
    assert.equal((await knock(proxy, { host })).status, 403, host);
  }
  assert.equal((await knock(proxy, { host: null })).status, 403, "no Host at all");
  assert.equal(workspace.requests.length, before, "none of it went upstream");
});

Deno.test("an absolute-form target has to name the service as well", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin });
  const own = `127.0.0.1:${proxy.port}`;
  const status = async (line: string) => (await knock(proxy, { line })).status;
  assert.equal(await status(`POST http://${own}${PATH}`), 200);
  assert.equal(workspace.requests.length, 1);
  assert.equal(await status(`POST http://evil.example${PATH}`), 403);
  assert.equal(await status(`POST https://evil.example:443${PATH}`), 403);
  assert.equal(await status(`POST http://${own}@evil.example${PATH}`), 403);
  assert.equal(await status("CONNECT evil.example:443"), 403);
  assert.equal(workspace.requests.length, 1);
});

Deno.test("what a web page sends is refused, whatever key it has", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin });
  for (
    const header of [
      "Origin: https://evil.example",
      "Origin: null",
      `Origin: http://127.0.0.1:${proxy.port}`,
      "Sec-Fetch-Site: cross-site",
      "Sec-Fetch-Site: same-site",
      "Sec-Fetch-Site: anything",
    ]
  ) {
    for (const line of [`POST ${PATH}`, "GET /health", "GET /v1/models", `OPTIONS ${PATH}`]) {
      const answer = await knock(proxy, { line, headers: [header] });
      assert.equal(answer.status, 403, `${line} with ${header}`);
      assert.doesNotMatch(answer.head, /access-control/i);
    }
  }
  assert.equal(workspace.connections, 0);
  for (const site of ["none", "same-origin"]) {
    assert.equal((await knock(proxy, { headers: [`Sec-Fetch-Site: ${site}`] })).status, 200);
  }
});

Deno.test("a preflight is answered without a word of CORS", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin });
  for (const line of [`OPTIONS ${PATH}`, "OPTIONS *", "TRACE /health"]) {
    const answer = await knock(proxy, {
      line,
      headers: ["Access-Control-Request-Method: POST"],
    });
    assert.equal(answer.status, 404, line);
    assert.doesNotMatch(answer.head, /access-control|allow/i);
  }
  assert.equal(workspace.connections, 0);
});

Deno.test("a key is taken in each of the four ways", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin });
  const { pi, hermes, operator } = proxy.keys;
  const ways: readonly (readonly [query: string, ...headers: string[]])[] = [
    ["", `Authorization: Bearer ${pi}`],
    ["", `authorization: bearer   ${pi} `],
    ["", `X-Api-Key: ${pi}`],
    ["", `x-goog-api-key: ${pi}`],
    [`?key=${pi}`],
    [`?alt=sse&k%65y=${pi}`],
    ["", "Authorization: Bearer no-key-required", `X-Api-Key: ${hermes}`],
    ["", "X-Api-Key: dummy", `Authorization: Bearer ${operator}`],
  ];
  for (const [query, ...headers] of ways) {
    const { status } = await exchangeRaw(
      proxy,
      rawRequest(`POST ${PATH}${query}`, {
        headers: [`Host: 127.0.0.1:${proxy.port}`, "Content-Length: 2", ...headers],
        body: "{}",
      }),
    );
    assert.equal(status, 200, `${query} ${headers}`);
  }
  const agents = proxy.proxy.stats().agents;
  const counts = Object.fromEntries(
    Object.entries(agents).map(([name, { requests }]) => [name, requests]),
  );
  assert.deepEqual(counts, { pi: 6, hermes: 1, operator: 1 });
});

Deno.test("a wrong key, a missing one and half of one get the same answer, byte for byte", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin });
  const { pi } = proxy.keys;
  const wrong = makeKey("pi", crypto.getRandomValues(new Uint8Array(32))).reveal();
  const shown: readonly (readonly [query: string, ...headers: string[]])[] = [
    [""],
    ["", `Authorization: Bearer ${wrong}`],
    ["", `Authorization: Bearer ${pi.slice(0, -1)}`],
    ["", `Authorization: Bearer ${pi}x`],
    ["", `Authorization: Bearer ${pi.toUpperCase()}`],
    ["", `Authorization: Basic ${pi}`],
    ["", `Authorization: ${pi}`],
    ["", "Authorization: Bearer "],
    ["", "Authorization: Bearer"],
    ["", `X-Api-Key: ${wrong}`],
    ["", "X-Api-Key: "],
    ["", "X-Api-Key: é"],
    ["", `Api-Key: ${pi}`],
    ["", `Cookie: key=${pi}`],
    [`?key=${wrong}`],
    ["?key="],
    ["?key"],
    [`?KEY=${pi}`],
    [`?k=${pi}`],
  ];
  const answers = new Set<string>();
  for (const [query, ...headers] of shown) {
    const answer = await exchangeRaw(
      proxy,
      rawRequest(`POST ${PATH}${query}`, {
        headers: [`Host: 127.0.0.1:${proxy.port}`, "Content-Length: 2", ...headers],
        body: "{}",
      }),
    );
    answers.add(`${answer.head.replace(/^date: .*$/m, "")}\n${bodyText(answer)}`);
  }
  assert.equal(answers.size, 1, [...answers].join("\n---\n"));
  assert.match([...answers].join(), /^HTTP\/1\.1 401 /);
  assert.match([...answers].join(), /setup:<agent>/);
  assert.equal(workspace.connections, 0);
});

Deno.test("a path that could be read in two ways is no path", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin });
  for (
    const path of [
      `/${PATH}`,
      "//evil.example/v1/chat/completions",
      "/v1//chat/completions",
      "/v1/./chat/completions",
      "/v1/x/../chat/completions",
      "/v1/chat/completions/..",
      "/v1%2fchat%2fcompletions",
      "/v1/chat%2Fcompletions",
      "/v1/chat/completion%73",
      "/%76%31/chat/completions",
      "/v1/chat\\completions",
      "/v1/chat/completions;a=b",
      "/v1/chat/completions#x",
      "/v1/chat/completions%00",
      "/v1/chat/completions%3Fa=b",
      "/gemini/v1beta/models/a%2Fb:generateContent",
      "/gemini/v1beta/models/../../x:generateContent",
      "/gemini/v1beta/models/a:generateContent:countTokens",
      "/serving-endpoints/..%2f..%2fapi/invocations",
      "/serving-endpoints/../api/2.0/token/create",
      "/serving-endpoints/%2e%2e/invocations",
      "/serving-endpoints/../invocations",
      "/ai-gateway/../api/2.0/token/list",
    ]
  ) {
    assert.equal((await knock(proxy, { line: `POST ${path}` })).status, 404, path);
  }
  assert.equal(workspace.connections, 0);
});

Deno.test("PROXY_CLIENT_AUTH=off lets in any caller, but no web page and no operator", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({
    upstream: workspace.origin,
    config: { clientAuth: "off" },
  });
  const host = `Host: 127.0.0.1:${proxy.port}`;
  const open = (line: string, ...headers: string[]) =>
    exchangeRaw(proxy, rawRequest(line, { headers: [host, ...headers] }));
  assert.equal((await open(`POST ${PATH}`, "Content-Length: 0")).status, 200);
  assert.equal((await open(`POST ${PATH}`, "Content-Length: 0", "Origin: null")).status, 403);
  assert.equal((await open("GET /metrics")).status, 401);
  assert.equal((await open("POST /keyturn/token", "Content-Length: 0")).status, 401);
  assert.deepEqual(Object.keys(proxy.proxy.stats().agents), ["-"]);
});

Deno.test("a key that setup adds is let in at once, and a file that breaks locks nobody out", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin });
  const operator = makeKey("operator", crypto.getRandomValues(new Uint8Array(32)));
  const codex = makeKey("codex", crypto.getRandomValues(new Uint8Array(32)));
  const codexStatus = async () => {
    const response = await proxy.call("/v1/responses", {
      method: "POST",
      body: "{}",
      headers: { authorization: `Bearer ${codex.reveal()}` },
    });
    await response.body?.cancel();
    return response.status;
  };
  assert.equal(await codexStatus(), 401);
  const text = renderKeys({ operator, agents: new Map([["codex", codex]]) });
  await Deno.writeTextFile(proxy.keysFile, text);
  assert.equal(await codexStatus(), 200);
  const former = await proxy.post(PATH, "{}");
  assert.equal(former.status, 401, "a key that is gone from the file opens nothing");
  await former.body?.cancel();
  await Deno.writeTextFile(proxy.keysFile, text.slice(0, 40));
  assert.equal(await codexStatus(), 200);
  await Deno.remove(proxy.keysFile);
  assert.equal(await codexStatus(), 200);
});

Deno.test("no answer of the door holds a key or the token", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin, token: "dapi-canary" });
  const { pi, operator } = proxy.keys;
  for (
    const [line, headers] of [
      [`POST ${PATH}?key=${pi}`, ["Origin: null"]],
      [`POST /nothing?key=${pi}`, []],
      [`GET /${"x".repeat(300)}`, [`X-Api-Key: ${operator}`]],
    ] as const
  ) {
    const answer = await knock(proxy, { line, headers });
    const text = answer.head + fromLatin1(answer.rest);
    for (const secret of [pi, operator, "dapi-canary"]) assert(!text.includes(secret), line);
  }
});

Deno.test("who keeps knocking without a key waits for the one answer, and nobody with a key does", async () => {
  const held = Promise.withResolvers<void>();
  let waiting = 0;
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({
    upstream: workspace.origin,
    pause: async () => {
      waiting++;
      await held.promise;
    },
  });
  const wrong = async () => {
    const response = await proxy.post(PATH, "{}", { authorization: "Bearer kt_pi_wrong" });
    return { status: response.status, text: await response.text() };
  };
  const first = await Promise.all(Array.from({ length: 20 }, wrong));
  const later = Array.from({ length: 10 }, wrong);
  await until("all that come later wait", () => waiting === 10);
  const response = await proxy.post(PATH, "{}");
  assert.equal(response.status, 200);
  await response.body?.cancel();
  held.resolve();
  const answers = new Set(
    [...first, ...await Promise.all(later)].map((each) => JSON.stringify(each)),
  );
  assert.equal(answers.size, 1);
  assert.match([...answers].join(), /"status":401/);
});

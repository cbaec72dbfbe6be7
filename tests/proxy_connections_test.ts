/** Who may stay connected: nobody without a key for long, and everybody who is being served. */

import assert from "node:assert/strict";
import { LIMITS, type ProxyFixture, startProxy } from "./support/proxy_fixture.ts";
import { chunk, CHUNKED_HEAD, startRawUpstream, wholeAnswer } from "./support/raw_upstream.ts";
import {
  bodyText,
  connect,
  exchangeRaw,
  rawRequest,
  readAnswer,
  readStatus,
} from "./support/raw_client.ts";
import { latin1 } from "./support/bytes.ts";
import { until } from "./support/until.ts";

const PATH = "/v1/chat/completions";

function request(proxy: ProxyFixture, key = proxy.keys.pi): string {
  return `POST ${PATH} HTTP/1.1\r\nHost: 127.0.0.1:${proxy.port}\r\nX-Api-Key: ${key}\r\n` +
    "Content-Length: 2\r\n\r\n{}";
}

/** Resolves when the other side has ended the connection. */
async function ended(connection: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(4_096);
  while (await connection.read(buffer).catch(() => null) !== null);
}

Deno.test("a connection that brings no whole request with a key in time is ended", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  const limits = { ...LIMITS, headerTimeoutMs: 300 };
  await using proxy = await startProxy({ upstream: workspace.origin, config: { limits } });
  const host = `Host: 127.0.0.1:${proxy.port}\r\n`;
  const openings = [
    "",
    "P",
    `POST ${PATH} HTTP/1.1\r\n${host}`,
    `POST ${PATH} HTTP/1.1\r\n${host}X-Api-Key: ${proxy.keys.pi}\r\nX-A`,
    `GET /health HTTP/1.1\r\n${host}\r\n`,
    `POST ${PATH} HTTP/1.1\r\n${host}Content-Length: 0\r\n\r\n`,
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  ];
  for (const opening of openings) {
    using connection = await connect(proxy);
    await connection.write(latin1(opening));
    await ended(connection);
  }
  assert.equal(proxy.proxy.stats().dropped["no-request"], openings.length);
  assert.equal(workspace.connections, 0);
});

Deno.test("who shows a key stays: while it is served, and idle after it", async () => {
  const release = Promise.withResolvers<void>();
  await using workspace = startRawUpstream(async (_, connection) => {
    await connection.send(CHUNKED_HEAD + "3\r\none\r\n");
    await release.promise;
    await connection.send(chunk("two"));
    await connection.send(chunk(""));
  });
  const limits = { ...LIMITS, headerTimeoutMs: 100 };
  await using proxy = await startProxy({ upstream: workspace.origin, config: { limits } });
  using streaming = await connect(proxy);
  await streaming.write(latin1(request(proxy)));
  assert.equal(await readStatus(streaming), 200);
  // One without a key that comes later is ended, so the time of the first has long been over.
  for (let round = 0; round < 3; round++) {
    using stranger = await connect(proxy);
    await ended(stranger);
  }
  release.resolve();
  const buffer = new Uint8Array(4_096);
  await streaming.read(buffer);
  using stranger = await connect(proxy);
  await ended(stranger);
  await streaming.write(latin1(request(proxy)));
  assert.equal(await readStatus(streaming), 200);
  assert.equal(proxy.proxy.stats().dropped["no-request"], 4);
});

Deno.test("strangers make room for whoever comes, however many they are", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  const limits = { ...LIMITS, maxConnections: 10 };
  await using proxy = await startProxy({ upstream: workspace.origin, config: { limits } });
  const strangers = await Promise.all(Array.from({ length: 60 }, () => connect(proxy)));
  try {
    for (const stranger of strangers) await stranger.write(latin1("POST /x HTTP/1.1\r\nHo"));
    const response = await proxy.post(PATH, "{}");
    assert.equal(response.status, 200);
    await response.body?.cancel();
    const { connections, dropped } = proxy.proxy.stats();
    assert(connections <= 10, `${connections} are open`);
    assert((dropped.crowded ?? 0) >= 50);
  } finally {
    for (const stranger of strangers) stranger.close();
  }
});

Deno.test("where all are being served, one more is told so in its dialect", async () => {
  const release = Promise.withResolvers<void>();
  await using workspace = startRawUpstream(async (_, connection) => {
    await release.promise;
    await wholeAnswer("{}")(_, connection);
  });
  const limits = { ...LIMITS, maxConnections: 8 };
  await using proxy = await startProxy({ upstream: workspace.origin, config: { limits } });
  const served = await openBusy(proxy, 8);
  try {
    await until("all are on their way", () => workspace.requests.length === 8);
    const answer = await exchangeRaw(
      proxy,
      rawRequest("POST /v1/messages", {
        headers: [
          `Host: 127.0.0.1:${proxy.port}`,
          `X-Api-Key: ${proxy.keys.hermes}`,
          "Content-Length: 2",
        ],
        body: "{}",
      }),
    );
    assert.equal(answer.status, 503);
    assert.match(answer.head, /retry-after: 1/i);
    const { type, error } = JSON.parse(bodyText(answer));
    assert.deepEqual([type, error.type], ["error", "overloaded_error"]);
    assert.match(error.message, /8 connections .*PROXY_MAX_CONNECTIONS/);
    assert.deepEqual(proxy.proxy.stats().limits, { connections: 1 });
    release.resolve();
    for (const each of served) assert.equal(await readStatus(each), 200);
    assert.equal(workspace.requests.length, 8);
  } finally {
    for (const each of served) each.close();
  }
});

Deno.test("one key gets so many connections and no more, and another key its own", async () => {
  const release = Promise.withResolvers<void>();
  await using workspace = startRawUpstream(async (_, connection) => {
    await release.promise;
    await wholeAnswer("{}")(_, connection);
  });
  const limits = { ...LIMITS, maxConnectionsPerKey: 3 };
  await using proxy = await startProxy({ upstream: workspace.origin, config: { limits } });
  const served = await openBusy(proxy, 3);
  try {
    await until("all are on their way", () => workspace.requests.length === 3);
    using fourth = await connect(proxy);
    await fourth.write(latin1(request(proxy)));
    assert.equal(await readStatus(fourth), 429);
    assert.deepEqual(proxy.proxy.stats().limits, { "connections-per-key": 1 });
    using other = await connect(proxy);
    await other.write(latin1(request(proxy, proxy.keys.operator)));
    await until("it is on its way", () => workspace.requests.length === 4);
    release.resolve();
    assert.equal(await readStatus(other), 200);
    for (const each of served) assert.equal(await readStatus(each), 200);
    for (const each of served) each.close();
    await until("they are gone", () => proxy.proxy.stats().connections === 2);
    using again = await connect(proxy);
    await again.write(latin1(request(proxy)));
    assert.equal(await readStatus(again), 200);
  } finally {
    for (const each of served) {
      try {
        each.close();
      } catch {
        // Closed above.
      }
    }
  }
});

Deno.test("more requests in flight than may be are told so, and one that ends makes room", async () => {
  const releases: (() => void)[] = [];
  await using workspace = startRawUpstream(async (_, connection) => {
    await connection.send(CHUNKED_HEAD + "3\r\none\r\n");
    await new Promise<void>((resolve) => releases.push(resolve));
    await connection.send(chunk(""));
  });
  const limits = { ...LIMITS, maxStreams: 2 };
  await using proxy = await startProxy({ upstream: workspace.origin, config: { limits } });
  const first = await proxy.post(PATH, "{}");
  const second = await proxy.post(PATH, "{}");
  const third = await proxy.post(PATH, "{}");
  assert.equal(third.status, 503);
  assert.equal(third.headers.get("retry-after"), "1");
  assert.match((await third.json()).error.message, /2 requests in flight .*PROXY_MAX_STREAMS/);
  assert.deepEqual(proxy.proxy.stats().limits, { streams: 1 });
  assert.equal(workspace.requests.length, 2);
  releases[0]?.();
  await first.body?.cancel();
  await until("there is room", async () => {
    const response = await proxy.post(PATH, "{}");
    await response.body?.cancel();
    return response.status === 200;
  });
  await second.body?.cancel();
  for (const release of releases) release();
});

Deno.test("a body that does not come in time is refused, and so is what has no memory", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  const limits = { ...LIMITS, bodyTimeoutMs: 200, bodyMemoryBytes: 4_000 };
  await using proxy = await startProxy({ upstream: workspace.origin, config: { limits } });
  const head = `POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1:${proxy.port}\r\n` +
    `X-Api-Key: ${proxy.keys.pi}\r\n`;
  for (
    const start of ["Content-Length: 2000\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"]
  ) {
    using slow = await connect(proxy);
    await slow.write(latin1(head + start));
    const answer = await readAnswer(slow);
    assert.equal(answer.status, 408);
    assert.match(bodyText(answer), /"invalid_request_error".*PROXY_BODY_TIMEOUT/);
  }
  using slow = await connect(proxy);
  await slow.write(latin1(`${head}Content-Length: 1500\r\n\r\n{`));
  await until("it is being read", async () => {
    const response = await proxy.post("/v1/messages", " ".repeat(1_000));
    const text = await response.text();
    return response.status === 503 && /request bodies .*PROXY_BODY_MEMORY/.test(text);
  });
  const { limits: met } = proxy.proxy.stats();
  assert.deepEqual(Object.keys(met).toSorted(), ["body-memory", "body-time"]);
  assert.equal(met["body-time"], 2);
  const other = await proxy.post("/v1/messages", " ".repeat(1_900), {
    authorization: `Bearer ${proxy.keys.operator}`,
  });
  assert.equal(other.status, 200, "half of it is left for others");
  await other.body?.cancel();
  assert.equal(await readStatus(slow), 408);
  const after = await proxy.post("/v1/messages", " ".repeat(1_900));
  assert.equal(after.status, 200);
  await after.body?.cancel();
});

async function openBusy(proxy: ProxyFixture, count: number): Promise<readonly Deno.Conn[]> {
  const connections = await Promise.all(Array.from({ length: count }, () => connect(proxy)));
  for (const connection of connections) await connection.write(latin1(request(proxy)));
  return connections;
}

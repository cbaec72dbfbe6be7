/** What is too much or not readable ends at the proxy: nothing of it is sent upstream. */

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { joined, latin1, randomBytes } from "./support/bytes.ts";
import { LIMITS, type ProxyFixture, startProxy } from "./support/proxy_fixture.ts";
import { chunk, startRawUpstream, wholeAnswer } from "./support/raw_upstream.ts";
import { connect, exchangeRaw, readStatus } from "./support/raw_client.ts";

const PATH = "/v1/messages";
const MAX = 100_000;

Deno.test("defect 13: a body of just the allowed size goes upstream, one byte more is 413", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startWithLimit(workspace.origin);
  const allowed = await proxy.post(PATH, randomBytes(MAX));
  assert.equal(allowed.status, 200);
  await allowed.body?.cancel();
  const response = await proxy.post(PATH, randomBytes(MAX + 1));
  assert.equal(response.status, 413);
  assert.deepEqual(await response.json(), {
    type: "error",
    error: {
      type: "request_too_large",
      message: "The request body is larger than 100000 bytes; shorten the conversation (most " +
        "agents can compact it) or raise PROXY_MAX_BODY",
    },
  });
  assert.equal(workspace.requests.length, 1);
  const long = await proxy.post(PATH, "{}", { "x-a": "a".repeat(40_000) });
  assert.equal(long.status, 431);
  await long.body?.cancel();
  assert.deepEqual(proxy.proxy.stats().limits, { "body-bytes": 1, "header-bytes": 1 });
});

Deno.test("PROXY_MAX_HEADERS bounds what comes before a body", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  const config = { limits: { ...LIMITS, maxHeaderBytes: 50_000 } };
  await using proxy = await startProxy({ upstream: workspace.origin, config });
  for (const [length, status] of [[40_000, 200], [50_000, 431]] as const) {
    const response = await proxy.post(PATH, "{}", { "x-a": "a".repeat(length) });
    const text = await response.text();
    assert.equal(response.status, status, text);
    if (status === 431) assert.match(text, /longer than 50000 bytes.*PROXY_MAX_HEADERS/);
  }
});

Deno.test("a length beyond the limit is refused before any of the body has come", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startWithLimit(workspace.origin);
  using connection = await connect(proxy);
  await connection.write(latin1(
    `${head(proxy)}Content-Length: ${MAX + 1}\r\n\r\n`,
  ));
  assert.equal(await readStatus(connection), 413);
  assert.equal(workspace.connections, 0);
});

Deno.test("a chunked body is counted as it comes", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startWithLimit(workspace.origin);
  const chunks = (size: number) =>
    joined([
      latin1(`${head(proxy)}Transfer-Encoding: chunked\r\n\r\n`),
      ...Array.from({ length: 10 }, () => chunk(randomBytes(size / 10))),
      chunk(""),
    ]);
  assert.equal((await exchangeRaw(proxy, chunks(MAX))).status, 200);
  assert.equal((await exchangeRaw(proxy, chunks(MAX + 10))).status, 413);
  assert.equal(workspace.requests.length, 1);
});

Deno.test("a chunked body without an end is refused at the limit", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startWithLimit(workspace.origin);
  using connection = await connect(proxy);
  await connection.write(latin1(`${head(proxy)}Transfer-Encoding: chunked\r\n\r\n`));
  const status = readStatus(connection);
  for (let sent = 0; sent <= MAX; sent += 10_000) {
    await connection.write(chunk(randomBytes(10_000)));
  }
  assert.equal(await status, 413);
  assert.equal(workspace.connections, 0);
});

Deno.test("lengths that contradict each other or the framing are refused", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startWithLimit(workspace.origin);
  for (
    const framing of [
      "Content-Length: 2\r\nContent-Length: 3",
      "Content-Length: 2\r\nContent-Length: 2",
      "Content-Length: 2, 2",
      "Content-Length: +2",
      "Content-Length: 0x2",
      "Content-Length: -1",
      "Content-Length: 2\r\nTransfer-Encoding: chunked",
      "Transfer-Encoding: chunked\r\nContent-Length: 2",
      "Transfer-Encoding: gzip",
      "Transfer-Encoding: chunked, identity",
      "Transfer-Encoding: \x0bchunked",
    ]
  ) {
    const { status } = await exchangeRaw(proxy, `${head(proxy)}${framing}\r\n\r\n{}`);
    assert.equal(status, 400, framing);
  }
  assert.equal(workspace.connections, 0);
});

Deno.test("a compressed body is refused, since nobody could know its size", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startWithLimit(workspace.origin);
  for (const encoding of ["gzip", "br", "GZIP", "gzip, identity"]) {
    const headers = { "content-encoding": encoding };
    const response = await proxy.post(
      "/v1/chat/completions",
      new Uint8Array(gzipSync("{}")),
      headers,
    );
    assert.equal(response.status, 415, encoding);
    assert.match((await response.json()).error.message, /send it as it is/);
  }
  assert.equal(workspace.connections, 0);
  const plain = await proxy.post(PATH, "{}", { "content-encoding": "identity" });
  assert.equal(plain.status, 200);
  await plain.body?.cancel();
});

Deno.test("defect 19: a caller without a key is refused before its body is read", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startWithLimit(workspace.origin);
  using connection = await connect(proxy);
  await connection.write(latin1(
    `POST ${PATH} HTTP/1.1\r\nHost: 127.0.0.1:${proxy.port}\r\nConnection: close\r\n` +
      `Content-Length: ${MAX}\r\n\r\n`,
  ));
  assert.equal(await readStatus(connection), 401);
});

function startWithLimit(upstream: string): Promise<ProxyFixture> {
  return startProxy({ upstream, config: { maxBodyBytes: MAX } });
}

function head(proxy: ProxyFixture): string {
  return `POST ${PATH} HTTP/1.1\r\nHost: 127.0.0.1:${proxy.port}\r\nConnection: close\r\n` +
    `X-Api-Key: ${proxy.keys.pi}\r\n`;
}

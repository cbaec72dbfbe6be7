/** Streams run through the proxy as they come, and never end more cleanly than they did upstream. */

import assert from "node:assert/strict";
import { fromLatin1, latin1 } from "./support/bytes.ts";
import { type ProxyFixture, startProxy } from "./support/proxy_fixture.ts";
import { chunk, CHUNKED_HEAD, startRawUpstream } from "./support/raw_upstream.ts";
import { exchangeRaw, rawRequest } from "./support/raw_client.ts";
import { until } from "./support/until.ts";

const PATH = "/v1/chat/completions";

Deno.test("the answer's headers and each event arrive before the next one is made", async () => {
  const gates = [0, 1, 2].map(() => Promise.withResolvers<void>());
  await using workspace = startRawUpstream(async (_, connection) => {
    await connection.send(CHUNKED_HEAD);
    for (const [index, gate] of gates.entries()) {
      // Opened only by a caller that has seen all before: a proxy that waits hangs here.
      await gate.promise;
      await connection.send(chunk(`data: ${index}\n\n`));
    }
    await connection.send(chunk(""));
  });
  await using proxy = await startProxy({ upstream: workspace.origin });
  const response = await proxy.post(PATH, "{}");
  assert(response.body);
  const events = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (const [index, gate] of gates.entries()) {
    gate.resolve();
    assert.equal((await events.read()).value, `data: ${index}\n\n`);
  }
  assert((await events.read()).done);
});

Deno.test("defect 15: a stream that upstream breaks off is broken off for the caller too", async () => {
  for (const framing of ["chunked", "length"] as const) {
    const head = framing === "chunked"
      ? CHUNKED_HEAD
      : "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 1000\r\n\r\n";
    await using workspace = startRawUpstream(async (_, connection) => {
      await connection.send(head);
      await connection.send(framing === "chunked" ? chunk("data: 1\n\n") : "data: 1\n\n");
      connection.close();
    });
    await using proxy = await startProxy({ upstream: workspace.origin });
    const response = await proxy.post(PATH, "{}");
    assert.equal(response.status, 200);
    await assert.rejects(response.text(), framing);
    // What a client that looks less closely would take for the end is not there either.
    const { rest } = await exchangeRaw(proxy, streamRequest(proxy));
    assert.match(fromLatin1(rest), /data: 1\n\n/);
    assert.doesNotMatch(fromLatin1(rest), /\r\n0\r\n/);
    assert.equal(proxy.proxy.stats().upstreamFailures, 2);
    assert.equal(proxy.proxy.stats().inFlight, 0);
  }
});

Deno.test("a short answer that upstream breaks off becomes an error in the caller's dialect", async () => {
  await using workspace = startRawUpstream(async (_, connection) => {
    await connection.send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{");
    connection.close();
  });
  await using proxy = await startProxy({ upstream: workspace.origin });
  const response = await proxy.post("/v1/messages", "{}");
  assert.equal(response.status, 502);
  const { type, error } = await response.json();
  assert.equal(type, "error");
  assert.match(error.message, /broke off its answer \(try again\)/);
  assert.equal(proxy.proxy.stats().upstreamFailures, 1);
});

Deno.test("an upstream that falls silent in a stream is left, and the stream broken off", async () => {
  const left = Promise.withResolvers<void>();
  await using workspace = startRawUpstream(async (_, connection) => {
    await connection.send(CHUNKED_HEAD);
    await connection.send(chunk("data: 1\n\n"));
    await connection.left();
    left.resolve();
  });
  await using proxy = await startProxy({
    upstream: workspace.origin,
    config: { idleTimeoutMs: 100 },
  });
  const response = await proxy.post(PATH, "{}");
  await assert.rejects(response.text());
  await left.promise;
  const { upstreamFailures, inFlight } = proxy.proxy.stats();
  assert.deepEqual({ upstreamFailures, inFlight }, { upstreamFailures: 1, inFlight: 0 });
});

Deno.test("an upstream that never answers is left, and the caller told 504", async () => {
  const left = Promise.withResolvers<void>();
  await using workspace = startRawUpstream(async (_, connection) => {
    await connection.left();
    left.resolve();
  });
  await using proxy = await startProxy({
    upstream: workspace.origin,
    config: { idleTimeoutMs: 100 },
  });
  const response = await proxy.post("/gemini/v1beta/models/m:generateContent", "{}");
  assert.equal(response.status, 504);
  const { error } = await response.json();
  assert.equal(error.code, 504);
  assert.match(error.message, /PROXY_IDLE_TIMEOUT/);
  await left.promise;
  assert.equal(proxy.proxy.stats().inFlight, 0);
});

Deno.test("defect 18: many streams at once each get their own events", async () => {
  const gate = Promise.withResolvers<void>();
  await using workspace = startRawUpstream(async ({ body }, connection) => {
    const name = fromLatin1(body);
    await connection.send(CHUNKED_HEAD);
    await connection.send(chunk(`data: ${name} 1\n\n`));
    await gate.promise;
    await connection.send(chunk(`data: ${name} 2\n\n`));
    await connection.send(chunk(""));
  });
  await using proxy = await startProxy({ upstream: workspace.origin });
  const names = Array.from({ length: 40 }, (_, index) => `stream ${index}`);
  const responses = await Promise.all(names.map((name) => proxy.post(PATH, latin1(name))));
  assert.equal(proxy.proxy.stats().inFlight, 40);
  gate.resolve();
  const texts = await Promise.all(responses.map((response) => response.text()));
  assert.deepEqual(texts, names.map((name) => `data: ${name} 1\n\ndata: ${name} 2\n\n`));
  await until("nothing is in flight", () => proxy.proxy.stats().inFlight === 0);
});

function streamRequest(proxy: ProxyFixture): string {
  return rawRequest(`POST ${PATH}`, {
    headers: [
      `Host: 127.0.0.1:${proxy.port}`,
      `X-Api-Key: ${proxy.keys.pi}`,
      "Content-Length: 2",
    ],
    body: "{}",
  });
}

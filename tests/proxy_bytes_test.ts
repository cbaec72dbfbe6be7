/** Bodies cross the proxy byte for byte, in both directions, whatever is in them. */

import assert from "node:assert/strict";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import { joined, latin1, randomBytes, utf8 } from "./support/bytes.ts";
import { startProxy } from "./support/proxy_fixture.ts";
import { chunk, CHUNKED_HEAD, headerOf, startRawUpstream } from "./support/raw_upstream.ts";
import { wholeAnswer } from "./support/raw_upstream.ts";
import { connect, exchangeRaw, readAnswer } from "./support/raw_client.ts";

const PATH = "/v1/chat/completions";

/** Bodies that something on the way might want to tidy. */
const ODD_BODIES: readonly (readonly [name: string, body: Uint8Array<ArrayBuffer>])[] = [
  ["empty", new Uint8Array()],
  ["one zero byte", new Uint8Array([0])],
  ["random bytes", randomBytes(300_000)],
  ["JSON with odd spaces", utf8('{ "a" :1.0,\r\n\t"b":"\\u0000\\/é", "a":2 }\n\n')],
  ["invalid UTF-8", new Uint8Array([0x22, 0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80, 0x22])],
  ["a byte order mark", new Uint8Array([0xef, 0xbb, 0xbf, 0x7b, 0x7d])],
  ["line separators", utf8('"\u2028\u2029\u0085\v\f"')],
  [
    "odd events",
    utf8("data:x\n\ndata: y\r\n\r\ndata: z\r\r: ping\n\nevent:e\ndata:\u2028\n\nid\n\n"),
  ],
];

Deno.test("a request body goes upstream byte for byte, with its length", async (t) => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin });
  for (const [name, body] of ODD_BODIES) {
    await t.step(name, async () => {
      await (await proxy.post(PATH, body)).body?.cancel();
      const request = workspace.requests.at(-1);
      assert(request);
      assert.deepEqual(request.body, body);
      assert.equal(headerOf(request, "content-length"), String(body.length));
      assert.equal(headerOf(request, "transfer-encoding"), undefined);
    });
  }
});

Deno.test("defect 13: a chunked request body goes upstream byte for byte, with a length", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin });
  const body = randomBytes(5_000);
  const head = `POST ${PATH} HTTP/1.1\r\nHost: 127.0.0.1:${proxy.port}\r\nConnection: close\r\n` +
    `Authorization: Bearer ${proxy.keys.pi}\r\nTransfer-Encoding: chunked\r\n\r\n`;
  const sizes = [1, 1, 1, 997, 4_000];
  const chunks: Uint8Array[] = [];
  for (let at = 0, i = 0; i < sizes.length; i++) {
    chunks.push(chunk(body.slice(at, at + (sizes[i] ?? 0))));
    at += sizes[i] ?? 0;
  }
  const { status } = await exchangeRaw(proxy, joined([latin1(head), ...chunks, chunk("")]));
  assert.equal(status, 200);
  const request = workspace.requests.at(0);
  assert(request);
  assert.deepEqual(request.body, body);
  assert.equal(headerOf(request, "content-length"), "5000");
});

Deno.test("a chunked request body that comes whole with its head goes upstream byte for byte", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin });
  const head = `POST ${PATH} HTTP/1.1\r\nHost: 127.0.0.1:${proxy.port}\r\nConnection: close\r\n` +
    `Authorization: Bearer ${proxy.keys.pi}\r\n`;
  const CHUNKED = "Transfer-Encoding: chunked\r\n\r\n";
  for (
    const [rest, body] of [
      [CHUNKED + "0\r\n\r\n", ""],
      [CHUNKED + "2\r\n{}\r\n0\r\n\r\n", "{}"],
      [CHUNKED + "1;a=b\r\n{\r\n1\r\n}\r\n0\r\nX-Trailer: 1\r\n\r\n", "{}"],
      ["\r\n", ""],
    ] as const
  ) {
    const { status } = await exchangeRaw(proxy, latin1(head + rest));
    assert.equal(status, 200, rest);
    const request = workspace.requests.at(-1);
    assert(request);
    assert.deepEqual(request.body, utf8(body), rest);
    assert.equal(headerOf(request, "transfer-encoding"), undefined);
  }
});

Deno.test("a request without any body goes upstream without one", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin });
  await (await proxy.call(PATH, {
    method: "POST",
    headers: { "x-api-key": proxy.keys.pi },
  })).body?.cancel();
  assert.equal(workspace.requests.at(0)?.body.length, 0);
});

Deno.test("an answer of known length comes back byte for byte, with its length", async (t) => {
  for (const [name, body] of ODD_BODIES) {
    await t.step(name, async () => {
      await using workspace = startRawUpstream(wholeAnswer(body));
      await using proxy = await startProxy({ upstream: workspace.origin });
      const response = await proxy.post(PATH, "{}");
      assert.equal(response.headers.get("content-length"), String(body.length));
      assert.deepEqual(await response.bytes(), body);
    });
  }
});

Deno.test("an error that speaks the caller's dialect comes back byte for byte, of any status", async () => {
  for (
    const status of ["400 Bad", "403 No", "404 No", "422 No", "429 Slow", "500 Oh", "529 Busy"]
  ) {
    const body = utf8(` {"error": {"code":"PERMISSION_DENIED","message":"é \u2028 ${status}"}}\n `);
    await using workspace = startRawUpstream(wholeAnswer(body, { status }));
    await using proxy = await startProxy({ upstream: workspace.origin });
    const response = await proxy.post(PATH, "{}");
    assert.equal(response.status, Number(status.slice(0, 3)));
    assert.deepEqual(await response.bytes(), body);
    assert.equal(workspace.requests.length, 1, "it was not sent again");
  }
});

Deno.test("an answer that is compressed all the same comes back in the same bytes", async () => {
  const text = utf8('{"a":"' + "x".repeat(100_000) + '"}');
  for (
    const [encoding, body] of [
      ["gzip", gzipSync(text)],
      ["br", brotliCompressSync(text)],
      ["zstd", zstdCompressSync(text)],
    ] as const
  ) {
    for (const framing of ["length", "chunked"] as const) {
      await using workspace = startRawUpstream(async (_, connection) => {
        const length = framing === "length"
          ? `content-length: ${body.length}`
          : "transfer-encoding: chunked";
        await connection.send(
          `HTTP/1.1 200 OK\r\ncontent-encoding: ${encoding}\r\n${length}\r\n\r\n`,
        );
        if (framing === "length") return await connection.send(body);
        await connection.send(chunk(body));
        await connection.send(chunk(""));
      });
      await using proxy = await startProxy({ upstream: workspace.origin });
      // The test's own `fetch` would decode it as well.
      const response = await proxy.post(PATH, "{}", { "accept-encoding": "identity" });
      assert.equal(response.headers.get("content-encoding"), encoding);
      assert.deepEqual(await response.bytes(), new Uint8Array(body), `${encoding} ${framing}`);
    }
  }
});

Deno.test("an agent that knows gzip gets a length that fits the bytes", async () => {
  await using workspace = startRawUpstream(async (request, connection) => {
    const knowsGzip = headerOf(request, "accept-encoding")?.includes("gzip");
    const headers = knowsGzip ? ["content-encoding: gzip"] : [];
    await wholeAnswer(knowsGzip ? gzipSync("plain") : "plain", { headers })(request, connection);
  });
  await using proxy = await startProxy({ upstream: workspace.origin });
  const response = await proxy.post(PATH, "{}", { "accept-encoding": "gzip, deflate, br, zstd" });
  assert.equal(response.headers.get("content-length"), "5");
  assert.equal(await response.text(), "plain");
});

Deno.test("a stream comes back byte for byte, even in chunks of one byte", async () => {
  const body = joined(ODD_BODIES.slice(3).map(([, bytes]) => bytes));
  await using workspace = startRawUpstream(async (_, connection) => {
    await connection.send(CHUNKED_HEAD);
    for (const byte of body) await connection.send(chunk(new Uint8Array([byte])));
    await connection.send(chunk(""));
  });
  await using proxy = await startProxy({ upstream: workspace.origin });
  const response = await proxy.post(PATH, "{}");
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  assert.equal(response.headers.get("content-length"), null);
  assert.deepEqual(await response.bytes(), body);
});

Deno.test("a long answer comes back byte for byte, framed either way", async () => {
  const body = randomBytes(3_000_000);
  for (const framing of ["length", "chunked"] as const) {
    await using workspace = startRawUpstream(async (request, connection) => {
      if (framing === "length") return await wholeAnswer(body)(request, connection);
      await connection.send(CHUNKED_HEAD);
      for (let at = 0; at < body.length; at += 70_001) {
        await connection.send(chunk(body.subarray(at, at + 70_001)));
      }
      await connection.send(chunk(""));
    });
    await using proxy = await startProxy({ upstream: workspace.origin });
    assert.deepEqual(await (await proxy.post(PATH, "{}")).bytes(), body, framing);
  }
});

Deno.test("an answer that ends with its connection comes back whole", async () => {
  const body = randomBytes(100_000);
  await using workspace = startRawUpstream(async (_, connection) => {
    await connection.send("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n");
    await connection.send(body);
    connection.close();
  });
  await using proxy = await startProxy({ upstream: workspace.origin });
  assert.deepEqual(await (await proxy.post(PATH, "{}")).bytes(), body);
});

Deno.test("interim answers are passed over, and answers without a body have none", async () => {
  await using workspace = startRawUpstream(async ({ target }, connection) => {
    if (target.endsWith("?interim")) {
      await connection.send("HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n");
      return await connection.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    }
    const status = target.endsWith("?304") ? "304 Not Modified" : "204 No Content";
    await connection.send(`HTTP/1.1 ${status}\r\nx-a: 1\r\n\r\n`);
  });
  await using proxy = await startProxy({ upstream: workspace.origin });
  assert.equal(await (await proxy.post(`${PATH}?interim`, "{}")).text(), "ok");
  for (const status of [204, 304]) {
    using connection = await connect(proxy);
    await connection.write(latin1(
      `POST ${PATH}?${status} HTTP/1.1\r\nHost: 127.0.0.1:${proxy.port}\r\nConnection: close\r\n` +
        `X-Api-Key: ${proxy.keys.pi}\r\nContent-Length: 2\r\n\r\n{}`,
    ));
    const answer = await readAnswer(connection);
    assert.equal(answer.status, status);
    assert.match(answer.head, /x-a: 1/);
    assert.equal(answer.rest.length, 0);
  }
  assert.equal(proxy.proxy.stats().inFlight, 0);
});

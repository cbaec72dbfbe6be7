/** A workspace that is hostile or broken: bounded memory, a clear end, nothing that leaks. */

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { joined, latin1, utf8 } from "./support/bytes.ts";
import { LIMITS, type ProxyFixture, startProxy } from "./support/proxy_fixture.ts";
import {
  type Answer,
  chunk,
  CHUNKED_HEAD,
  type RawUpstream,
  startRawUpstream,
  wholeAnswer,
} from "./support/raw_upstream.ts";
import { connect, exchangeRaw, rawRequest } from "./support/raw_client.ts";
import { until } from "./support/until.ts";

const CHAT = "/v1/chat/completions";
const TOKEN = "dapi-0123456789abcdef-canary";
/** What two sockets and two streams hold between them, and not a multiple of it. */
const MOST_UNREAD_BYTES = 48 * 1024 * 1024;
/**
 * In so many round trips to the workspace a proxy that reads on takes a piece each time, which is
 * several times of what a socket frees at once for those who write to it.
 */
const TRIPS = 200;

interface Scene extends AsyncDisposable {
  readonly workspace: RawUpstream;
  readonly proxy: ProxyFixture;
}

async function makeScene(answer: Answer, config = {}): Promise<Scene> {
  const workspace = startRawUpstream(answer);
  const proxy = await startProxy({ upstream: workspace.origin, token: TOKEN, config });
  return {
    workspace,
    proxy,
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]();
      await workspace[Symbol.asyncDispose]();
    },
  };
}

/** What a caller that reads everything gets, and whether it ended cleanly. */
async function readAll(response: Response): Promise<{ bytes: Uint8Array; isWhole: boolean }> {
  const parts: Uint8Array[] = [];
  try {
    for await (const part of response.body ?? []) parts.push(part);
    return { bytes: joined(parts), isWhole: true };
  } catch {
    return { bytes: joined(parts), isWhole: false };
  }
}

for (const type of ["application/octet-stream", "text/event-stream"]) {
  Deno.test(`a flood of ${type} is taken no faster than the caller reads it`, async () => {
    // What the workspace got rid of, and whether it waits to get rid of more.
    let sent = 0;
    let isWriting = false;
    const block = chunk(`: ${"a".repeat(65_532)}\n\n`);
    const short = wholeAnswer("{}");
    await using scene = await makeScene(async (request, connection) => {
      if (!request.target.endsWith("/chat/completions")) return await short(request, connection);
      await connection.send(CHUNKED_HEAD.replace("text/event-stream", type));
      const gone = connection.left();
      // Twice of what may be on its way: whoever takes all of it has taken too much.
      while (sent < 2 * MOST_UNREAD_BYTES) {
        isWriting = true;
        await connection.send(block);
        isWriting = false;
        sent += block.length;
      }
      await gone;
    });
    const { proxy } = scene;
    using caller = await connect(proxy);
    await caller.write(latin1(
      `POST ${CHAT} HTTP/1.1\r\nHost: 127.0.0.1:${proxy.port}\r\nX-Api-Key: ${proxy.keys.pi}\r\n` +
        "Content-Length: 2\r\n\r\n{}",
    ));
    await caller.read(new Uint8Array(1_024));
    await until("nothing more is taken, however often it is the proxy's turn", async () => {
      const before = sent;
      for (let trips = 0; trips < TRIPS; trips++) {
        await (await proxy.post("/v1/messages", "{}")).body?.cancel();
      }
      return sent > 0 && sent === before;
    }, { limitMs: 120_000 });
    assert(isWriting, `all of ${sent} bytes are on their way to a caller that reads nothing`);
    assert(
      sent < MOST_UNREAD_BYTES,
      `${sent} bytes are on their way to a caller that reads nothing`,
    );
    caller.close();
    await until("the caller is gone", () => proxy.proxy.stats().inFlight === 0);
  });
}

Deno.test("headers that never end are given up: by their size, and by PROXY_IDLE_TIMEOUT", async () => {
  const endless: Answer = async (_, connection) => {
    await connection.send("HTTP/1.1 200 OK\r\n");
    const line = `x-a: ${"a".repeat(8_000)}\r\n`;
    for (let sent = 0; sent < 2_000; sent++) await connection.send(line);
  };
  await using flood = await makeScene(endless);
  const flooded = await flood.proxy.post(CHAT, "{}");
  assert.equal(flooded.status, 502);
  assert.match((await flooded.json()).error.message, /Cannot reach the workspace/);
  const silent: Answer = async (_, connection) => await connection.send("HTTP/1.1 200 OK\r\nx-a");
  await using slow = await makeScene(silent, { idleTimeoutMs: 100 });
  const waited = await slow.proxy.post(CHAT, "{}");
  assert.equal(waited.status, 504);
  assert.match((await waited.json()).error.message, /PROXY_IDLE_TIMEOUT/);
  assert.deepEqual(slow.proxy.proxy.stats().limits, { "upstream-silence": 1 });
});

Deno.test("an answer that is no HTTP becomes an error in the caller's dialect", async () => {
  for (
    const noise of ["\0\x01\x02", "SSH-2.0-x\r\n", "HTTP/9.9 200\r\n\r\n", "HTTP/1.1 abc\r\n\r\n"]
  ) {
    await using scene = await makeScene(async (_, connection) => {
      await connection.send(noise);
      connection.close();
    });
    const response = await scene.proxy.post("/v1/messages", "{}");
    assert.equal(response.status, 502, noise);
    assert.equal((await response.json()).error.type, "api_error");
  }
});

Deno.test("bytes that are no UTF-8 pass as they are, in an answer and in events", async () => {
  const bytes = Uint8Array.of(0x22, 0xff, 0xc0, 0xaf, 0xed, 0xa0, 0x80, 0x22);
  await using plain = await makeScene(wholeAnswer(bytes));
  assert.deepEqual((await readAll(await plain.proxy.post(CHAT, "{}"))).bytes, bytes);
  await using events = await makeScene(async (_, connection) => {
    await connection.send(CHUNKED_HEAD);
    await connection.send(chunk(joined([utf8("data: "), bytes, utf8("\n\n")])));
    await connection.send(chunk(""));
  });
  const { bytes: got } = await readAll(await events.proxy.post(CHAT, '{"stream":true}'));
  assert.deepEqual(got, joined([utf8("data: "), bytes, utf8("\n\n")]));
});

Deno.test("what is compressed all the same is passed on packed, a bomb and half of one as well", async () => {
  const bomb = new Uint8Array(gzipSync(new Uint8Array(64 * 1024 * 1024)));
  for (const packed of [bomb, bomb.slice(0, bomb.length / 2)]) {
    const headers = ["content-type: application/json", "content-encoding: gzip"];
    for (const status of ["200 OK", "400 Bad Request", "403 Forbidden"]) {
      await using scene = await makeScene(wholeAnswer(packed, { status, headers }));
      const { proxy } = scene;
      const answer = await exchangeRaw(
        proxy,
        rawRequest(`POST ${CHAT}`, {
          headers: [
            `Host: 127.0.0.1:${proxy.port}`,
            `X-Api-Key: ${proxy.keys.pi}`,
            "Content-Length: 2",
          ],
          body: "{}",
        }),
      );
      assert.equal(answer.status, Number(status.slice(0, 3)));
      assert.match(answer.head, /content-encoding: gzip/i);
      assert.deepEqual(answer.rest, packed, "nobody on the way unpacks it");
    }
  }
});

Deno.test("an event that never ends is not held beyond its cap, and its end is not clean", async () => {
  const left = Promise.withResolvers<void>();
  await using scene = await makeScene(async (_, connection) => {
    await connection.send(CHUNKED_HEAD);
    const gone = connection.left().then(left.resolve);
    await connection.send(chunk('data: {"choices":[{"delta":{"content":"'));
    const block = chunk("a".repeat(262_144));
    for (let sent = 0; sent < 128; sent++) await connection.send(block);
    connection.close();
    await gone;
  });
  const asked = { model: "databricks-gemini-2-5-pro", stream: true, messages: [] };
  const response = await scene.proxy.post(CHAT, JSON.stringify(asked));
  const { isWhole } = await readAll(response);
  assert(!isWhole);
  await left.promise;
  const { inFlight, limits } = scene.proxy.proxy.stats();
  assert.deepEqual({ inFlight, limits }, { inFlight: 0, limits: { "event-bytes": 1 } });
});

Deno.test("PROXY_MAX_EVENT bounds an event, and not the stream", async () => {
  const event = (length: number) =>
    chunk(`data: {"choices":[{"delta":{"content":"${"a".repeat(length)}"}}]}\n\n`);
  const config = { limits: { ...LIMITS, maxEventBytes: 2_000 } };
  for (const [length, limits] of [[1_500, {}], [2_000, { "event-bytes": 1 }]] as const) {
    await using scene = await makeScene(async (_, connection) => {
      await connection.send(CHUNKED_HEAD);
      for (let sent = 0; sent < 10; sent++) await connection.send(event(length));
      await connection.send(chunk("data: [DONE]\n\n"));
      await connection.send("0\r\n\r\n");
    }, config);
    const asked = { model: "databricks-gemini-2-5-pro", stream: true, messages: [] };
    await readAll(await scene.proxy.post(CHAT, JSON.stringify(asked)));
    assert.deepEqual(scene.proxy.proxy.stats().limits, limits);
  }
});

Deno.test("ten thousand events in a burst arrive, all and in order", async () => {
  const events = Array.from(
    { length: 10_000 },
    (_, index) => `data: {"choices":[{"index":0,"delta":{"content":"${index}"}}]}\n\n`,
  ).join("");
  await using scene = await makeScene(async (_, connection) => {
    await connection.send(CHUNKED_HEAD);
    await connection.send(chunk(events));
    await connection.send(chunk(""));
  });
  const { bytes, isWhole } = await readAll(await scene.proxy.post(CHAT, '{"stream":true}'));
  assert(isWhole);
  assert.equal(new TextDecoder().decode(bytes), events);
});

Deno.test("defect 20: a redirect is not followed, least of all to the metadata address", async () => {
  await using other = startRawUpstream(wholeAnswer("{}"));
  for (const to of [`${other.origin}/x`, "http://169.254.169.254/latest/meta-data/", "//evil/"]) {
    for (const status of ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"]) {
      const headers = [`location: ${to}`, "content-type: application/json"];
      await using scene = await makeScene(wholeAnswer("{}", { status, headers }));
      const response = await scene.proxy.post(CHAT, "{}");
      assert.equal(response.status, 502);
      assert.equal(response.headers.get("location"), null);
      assert.match((await response.json()).error.message, /redirect/);
    }
  }
  assert.equal(other.connections, 0);
});

Deno.test("our own token does not come back, in an error of any length, a header or a list", async () => {
  const short = JSON.stringify({ error_code: "PERMISSION_DENIED", message: `got Bearer ${TOKEN}` });
  const long = JSON.stringify({ error: { message: `${"x".repeat(100_000)}${TOKEN}` } });
  for (const body of [short, long, `<html>${TOKEN}</html>`, `${TOKEN}${TOKEN}`]) {
    for (const status of ["400 Bad Request", "404 Not Found", "429 Slow", "500 Oh"]) {
      const headers = ["content-type: application/json", `x-echo: Bearer ${TOKEN}`];
      await using scene = await makeScene(wholeAnswer(body, { status, headers }));
      for (const path of [CHAT, "/v1/messages"]) {
        const response = await scene.proxy.post(path, "{}");
        const text = await response.text();
        assert(!text.includes("canary"), `${status}: ${text.slice(-200)}`);
        assert(!JSON.stringify([...response.headers]).includes("canary"));
      }
    }
  }
  const endpoints = { endpoints: [{ name: `m-${TOKEN}`, task: "llm/v1/chat" }] };
  await using listing = await makeScene(wholeAnswer(JSON.stringify(endpoints)));
  const models = await listing.proxy.call("/v1/models");
  assert.equal(models.status, 200);
  assert(!(await models.text()).includes("canary"));
  const refused = wholeAnswer(TOKEN, { status: "500 Oh" });
  await using failing = await makeScene(refused);
  const list = await failing.proxy.call("/v1/models");
  assert.equal(list.status, 502);
  assert(!(await list.text()).includes("canary"));
  const headers = { authorization: `Bearer ${failing.proxy.keys.operator}` };
  for (const path of ["/keyturn/status", "/metrics"]) {
    const told = await failing.proxy.call(path, { headers });
    assert(!(await told.text()).includes("canary"), path);
  }
});

Deno.test("our own token does not come back in disguise: escaped, or under headers that say otherwise", async () => {
  const escaped = Array.from(
    TOKEN,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  ).join("");
  const within = JSON.stringify(`{"message":"${escaped}"}`);
  const json = "content-type: application/json";
  const cases: readonly (readonly [body: string, ...headers: string[]])[] = [
    [`{"error_code":"PERMISSION_DENIED","message":"got ${escaped}"}`, json],
    [`{"error_code":"PERMISSION_DENIED","message":${within}}`, json],
    [`{"error":{"message":"got ${escaped}"}}`, json],
    [`{"type":"error","error":{"type":"a","message":"got ${escaped}"}}`, json],
    [`data: ${TOKEN}\n\n`, "content-type: Text/Event-Stream"],
    [`{"error":{"message":"${TOKEN}"}}`, json, "content-encoding: utf-8"],
  ];
  for (const [body, ...headers] of cases) {
    await using scene = await makeScene(wholeAnswer(body, { status: "400 Bad Request", headers }));
    for (const path of [CHAT, "/v1/messages"]) {
      const response = await scene.proxy.post(path, "{}");
      assert.equal(response.status, 400);
      const text = await response.text();
      assert(!text.includes("canary"), text);
      assert(!text.includes(escaped.slice(-36)), text);
    }
  }
});

Deno.test("a body nested beyond all reason breaks nothing", async () => {
  await using scene = await makeScene(wholeAnswer("{}"));
  const deep = "[".repeat(200_000) + "]".repeat(200_000);
  const bodies = [deep, `{"messages":${deep}}`, `{"tools":[{"parameters":${deep}}]}`];
  for (const path of [CHAT, "/v1/messages", "/v1/responses"]) {
    for (const body of bodies) {
      const response = await scene.proxy.post(path, body);
      await response.body?.cancel();
      assert.equal(response.status, 200, `${path} ${body.slice(0, 20)}`);
    }
  }
  const answer = await scene.proxy.call("/health");
  assert.equal(answer.status, 200);
  await answer.body?.cancel();
});

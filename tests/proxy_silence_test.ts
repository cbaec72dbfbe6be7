/** A stream that has nothing to say is kept alive; one that is broken off never ends cleanly. */

import assert from "node:assert/strict";
import type { StreamSteps } from "../proxy/relayed_stream.ts";
import { Watchdog } from "../proxy/watchdog.ts";
import { fromLatin1, latin1 } from "./support/bytes.ts";
import { callChunk, opening } from "./support/chat_stream.ts";
import { type ProxyFixture, startProxy } from "./support/proxy_fixture.ts";
import { connect } from "./support/raw_client.ts";
import {
  chunk,
  CHUNKED_HEAD,
  type RawConnection,
  startRawUpstream,
} from "./support/raw_upstream.ts";
import { until } from "./support/until.ts";

const SILENCE_MS = 15_000;
const ASKED = '{"model":"databricks-claude-opus-4-8","messages":[]}';

const PATHS = {
  chat: "/v1/chat/completions",
  responses: "/openai/v1/responses",
  anthropic: "/anthropic/v1/messages",
  gemini: "/gemini/v1beta/models/m:streamGenerateContent?alt=sse",
} as const;

const SIGNS = {
  chat: ": keep-alive\n\n",
  responses: ": keep-alive\n\n",
  anthropic: 'event: ping\ndata: {"type": "ping"}\n\n',
  gemini: "\n",
} as const;

/** After each time that the last words are said. */
const LAST_PAUSES_MS = [200, 400, 800, 1_600, 3_200];

type Dialect = keyof typeof PATHS;
const DIALECTS = Object.keys(PATHS) as Dialect[];

/** The time of streams, in the hands of the test. */
class StreamClock {
  #now = 0;
  readonly silence = new Watchdog(SILENCE_MS, { now: () => this.#now });
  /** Waits that were begun, and how long they are. */
  readonly pauses: number[] = [];
  #resume = () => {};

  readonly pause: StreamSteps["pause"] = async (ms, signal) => {
    this.pauses.push(ms);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#resume = resolve;
    signal.addEventListener("abort", () => resolve(), { once: true });
    await promise;
  };

  pass(ms: number): void {
    this.#now += ms;
    this.silence.check();
  }

  /** Ends the wait that was begun last. */
  resume(): void {
    this.#resume();
  }
}

interface Scene extends AsyncDisposable {
  readonly proxy: ProxyFixture;
  readonly clock: StreamClock;
  /** The connection upstream, once a stream has begun. */
  readonly upstream: () => Promise<RawConnection>;
  readonly open: () => Promise<ReadableStreamDefaultReader<string>>;
}

/** A stream that says what the test makes it say. */
async function makeScene(dialect: Dialect): Promise<Scene> {
  const begun = Promise.withResolvers<RawConnection>();
  const workspace = startRawUpstream(async (_, connection) => {
    await connection.send(CHUNKED_HEAD);
    begun.resolve(connection);
    await connection.left();
  });
  const clock = new StreamClock();
  const proxy = await startProxy({ upstream: workspace.origin, streams: clock });
  return {
    proxy,
    clock,
    upstream: () => begun.promise,
    open: async () => {
      const response = await proxy.post(PATHS[dialect], ASKED);
      assert(response.body);
      return response.body.pipeThrough(new TextDecoderStream()).getReader();
    },
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]();
      await workspace[Symbol.asyncDispose]();
    },
  };
}

for (const dialect of DIALECTS) {
  Deno.test(`${dialect}: silence between events is broken by a sign of life`, async () => {
    await using scene = await makeScene(dialect);
    const reader = await scene.open();
    const connection = await scene.upstream();
    await connection.send(chunk('data: {"a":1}\n\n'));
    assert.equal((await reader.read()).value, 'data: {"a":1}\n\n');
    let heard: string | undefined;
    const next = reader.read().then(({ value }) => heard = value);
    await until("a sign of life", () => {
      scene.clock.pass(SILENCE_MS);
      return heard;
    });
    await next;
    assert.equal(heard, SIGNS[dialect]);
    await connection.send(chunk('data: {"a":2}\n\n'));
    let rest = "";
    while (!rest.endsWith('data: {"a":2}\n\n')) rest += (await reader.read()).value;
    // Others may have been on their way.
    const signs = rest.slice(0, -'data: {"a":2}\n\n'.length);
    assert.equal(signs.replaceAll(SIGNS[dialect], ""), "");
    await reader.cancel();
  });
}

Deno.test("a stream that ended, broke off or was left is watched no more", async () => {
  for (const how of ["end", "break", "leave"] as const) {
    await using scene = await makeScene("chat");
    const reader = await scene.open();
    const connection = await scene.upstream();
    await connection.send(chunk("data: {}\n\n"));
    await reader.read();
    assert.equal(scene.clock.silence.size, 1);
    if (how === "end") await connection.send(chunk(""));
    if (how === "break") connection.close();
    if (how === "leave") await reader.cancel();
    else if (how === "end") assert((await reader.read()).done);
    else await assert.rejects(reader.read());
    await until(how, () => scene.clock.silence.size === 0);
  }
});

for (const dialect of ["chat", "responses", "anthropic"] as const) {
  Deno.test(`${dialect}: a stream that dies is aborted, with nothing said`, async () => {
    await using scene = await makeScene(dialect);
    const reader = await scene.open();
    const connection = await scene.upstream();
    await connection.send(chunk("data: {}\n\n"));
    await reader.read();
    connection.close();
    await assert.rejects(reader.read());
    assert.deepEqual(scene.clock.pauses, []);
    assert.equal(scene.proxy.proxy.stats().upstreamFailures, 1);
  });
}

Deno.test("gemini: a stream that dies says so in an error that is retried, then is aborted", async () => {
  await using scene = await makeScene("gemini");
  const reader = await scene.open();
  const connection = await scene.upstream();
  await connection.send(chunk("data: {}\n\n"));
  await reader.read();
  connection.close();
  for (const pauseMs of LAST_PAUSES_MS) {
    const words = (await reader.read()).value ?? "";
    const { error } = JSON.parse(words);
    assert.equal(error.code, 503);
    assert.equal(error.status, "UNAVAILABLE");
    assert.equal(scene.clock.pauses.at(-1), pauseMs);
    scene.clock.resume();
  }
  await assert.rejects(reader.read());
  assert.deepEqual(scene.clock.pauses, LAST_PAUSES_MS);
});

Deno.test("gemini: of a stream that dies inside an event the caller gets no part of that event", async () => {
  await using scene = await makeScene("gemini");
  const reader = await scene.open();
  const connection = await scene.upstream();
  await connection.send(chunk('data: {}\n\ndata: {"a"'));
  assert.equal((await reader.read()).value, "data: {}\n\n", "what has come of the next is held");
  connection.close();
  for (const _ of LAST_PAUSES_MS) {
    assert.match((await reader.read()).value ?? "", /^\{"error":\{"code":503,/);
    scene.clock.resume();
  }
  await assert.rejects(reader.read());
});

Deno.test("gemini: a caller that leaves on the last words leaves nothing behind", async () => {
  await using scene = await makeScene("gemini");
  const reader = await scene.open();
  const connection = await scene.upstream();
  await connection.send(chunk("data: {}\n\n"));
  await reader.read();
  connection.close();
  assert.match((await reader.read()).value ?? "", /503/);
  await reader.cancel();
  await until("it is over", () => scene.clock.silence.size === 0);
});

Deno.test("a stream that stalls ends with PROXY_IDLE_TIMEOUT, in no dialect cleanly", async () => {
  for (const dialect of DIALECTS) {
    const left = Promise.withResolvers<void>();
    await using workspace = startRawUpstream(async (_, connection) => {
      await connection.send(CHUNKED_HEAD);
      await connection.send(chunk("data: {}\n\n"));
      await connection.left();
      left.resolve();
    });
    await using proxy = await startProxy({
      upstream: workspace.origin,
      config: { idleTimeoutMs: 60 },
    });
    const { rest } = await exchange(proxy, PATHS[dialect]);
    assert.match(rest, /data: \{\}\n\n/);
    assert.equal(/"code":503/.test(rest), dialect === "gemini");
    assert.doesNotMatch(rest, /\r\n0\r\n/, "the end of a body in chunks");
    await left.promise;
    assert.equal(proxy.proxy.stats().upstreamFailures, 1);
  }
});

Deno.test("signs of life do not keep a stalled upstream from being given up", async () => {
  const clock = new StreamClock();
  await using workspace = startRawUpstream(async (_, connection) => {
    await connection.send(CHUNKED_HEAD);
    await connection.send(chunk("data: {}\n\n"));
    await connection.left();
  });
  await using proxy = await startProxy({
    upstream: workspace.origin,
    config: { idleTimeoutMs: 200 },
    streams: clock,
  });
  const response = await proxy.post(PATHS.chat, ASKED);
  const text = response.text().catch(() => "aborted");
  await until("it is given up", () => {
    clock.pass(SILENCE_MS);
    return clock.silence.size === 0;
  });
  assert.equal(await text, "aborted");
});

Deno.test("a call that waits for its end is not lost on an abort, nor made up", async () => {
  await using scene = await makeScene("chat");
  const reader = await scene.open();
  const connection = await scene.upstream();
  const event = callChunk(opening("databricks-tool-call", '{"name":"rm"}'));
  await connection.send(chunk(`data: ${JSON.stringify(event)}\n\n`));
  assert.doesNotMatch((await reader.read()).value ?? "", /rm|databricks/);
  connection.close();
  await assert.rejects(reader.read());
});

/** What stands on the wire until the connection ends. */
async function exchange(proxy: ProxyFixture, path: string): Promise<{ rest: string }> {
  using connection = await connect(proxy);
  await connection.write(latin1(
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${proxy.port}\r\nConnection: close\r\n` +
      `X-Api-Key: ${proxy.keys.pi}\r\nContent-Length: ${ASKED.length}\r\n\r\n${ASKED}`,
  ));
  let rest = "";
  const buffer = new Uint8Array(65_536);
  try {
    for (let size = await connection.read(buffer); size !== null;) {
      rest += fromLatin1(buffer.subarray(0, size));
      size = await connection.read(buffer);
    }
  } catch {
    // Reset: no clean end either.
  }
  return { rest };
}

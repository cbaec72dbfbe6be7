/** A flood at the door while agents work: the agents do not notice, and it leaves nothing behind. */

import assert from "node:assert/strict";
import { latin1 } from "./support/bytes.ts";
import { LIMITS, type ProxyFixture, startProxy } from "./support/proxy_fixture.ts";
import { chunk, CHUNKED_HEAD, startRawUpstream } from "./support/raw_upstream.ts";
import { connect } from "./support/raw_client.ts";
import { until } from "./support/until.ts";

const CHAT = "/v1/chat/completions";
const EVENTS = 20;
const MAX_BODY_BYTES = 1_048_576;

Deno.test("fifty streams come to their end among a thousand half-open connections and oversized bodies", async () => {
  await using workspace = startRawUpstream(async (_, connection) => {
    await connection.send(CHUNKED_HEAD);
    for (let event = 0; event < EVENTS; event++) {
      await connection.send(chunk(`data: {"n":${event}}\n\n`));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await connection.send(chunk(""));
  });
  const limits = {
    ...LIMITS,
    maxConnections: 512,
    maxConnectionsPerKey: 256,
    // Everything here shares one loop, which stalls for longer than a second at times.
    headerTimeoutMs: 5_000,
    bodyMemoryBytes: 8 * MAX_BODY_BYTES,
  };
  const config = { limits, maxBodyBytes: MAX_BODY_BYTES };
  await using proxy = await startProxy({ upstream: workspace.origin, config });
  const halfOpen = await Promise.all(Array.from({ length: 1_000 }, () => openHalf(proxy)));
  const oversized = Array.from({ length: 200 }, (_, index) => sendOversized(proxy, index));
  const streams = Array.from({ length: 50 }, () => readStream(proxy));
  const texts = await Promise.all(streams);
  for (const text of texts) assert.equal(text.match(/^data: /gm)?.length, EVENTS);
  for (const status of await Promise.all(oversized)) {
    // Cut off in the middle of its body, or told why.
    assert(status === 0 || status === 413 || status === 503 || status === 429, String(status));
  }
  assert.equal(workspace.requests.length, 50, "no body that was refused went upstream");
  await until("whoever brought no request is gone", async () => {
    await Promise.all(halfOpen.map(touch));
    return (proxy.proxy.stats().dropped["no-request"] ?? 0) > 0 &&
      proxy.proxy.stats().inFlight === 0;
  });
  for (const connection of halfOpen) connection.close();
  assert.match(await readStream(proxy), /"n":19/, "it serves on");
  const { connections } = proxy.proxy.stats();
  assert(connections <= 512, `${connections} connections are open`);
});

/** A connection whose request never comes to the end of its head. */
async function openHalf(proxy: ProxyFixture): Promise<Deno.Conn> {
  const connection = await connect(proxy);
  await connection.write(latin1(`POST ${CHAT} HTTP/1.1\r\nHost: 127.0.0.1:`)).catch(() => 0);
  return connection;
}

async function touch(connection: Deno.Conn): Promise<void> {
  await connection.write(latin1("1")).catch(() => 0);
}

async function sendOversized(proxy: ProxyFixture, index: number): Promise<number> {
  const body = new Uint8Array(MAX_BODY_BYTES + 1);
  try {
    // Half of them say how long they are, half of them do not.
    const sent = index % 2 === 0 ? body : ReadableStream.from([body.slice(1), body.slice(1)]);
    const response = await proxy.post(CHAT, sent);
    await response.body?.cancel();
    return response.status;
  } catch {
    return 0;
  }
}

async function readStream(proxy: ProxyFixture): Promise<string> {
  const response = await proxy.post(CHAT, '{"stream":true}', {
    authorization: `Bearer ${proxy.keys.hermes}`,
  });
  assert.equal(response.status, 200);
  return await response.text();
}

/** A caller that leaves takes its request with it, wherever on its way that is. */

import assert from "node:assert/strict";
import { latin1 } from "./support/bytes.ts";
import { startLog } from "../support/log.ts";
import { type ProxyFixture, startProxy } from "./support/proxy_fixture.ts";
import { chunk, CHUNKED_HEAD, startRawUpstream, wholeAnswer } from "./support/raw_upstream.ts";
import { connect } from "./support/raw_client.ts";
import { until } from "./support/until.ts";

const PATH = "/v1/messages";

Deno.test("a caller that leaves before the headers is noticed upstream", async () => {
  const arrived = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  await using workspace = startRawUpstream(async (_, connection) => {
    arrived.resolve();
    await connection.left();
    left.resolve();
  });
  await using proxy = await startProxy({ upstream: workspace.origin });
  const caller = await connect(proxy);
  await caller.write(latin1(requestText(proxy)));
  await arrived.promise;
  assert.equal(proxy.proxy.stats().inFlight, 1);
  caller.close();
  await left.promise;
  await untilIdle(proxy);
  const { upstreamFailures, refused } = proxy.proxy.stats();
  assert.deepEqual({ upstreamFailures, refused }, { upstreamFailures: 0, refused: {} });
});

Deno.test("defect 14: a caller that leaves in the middle of a stream is noticed upstream", async () => {
  const left = Promise.withResolvers<void>();
  await using workspace = startRawUpstream(async (_, connection) => {
    await connection.send(CHUNKED_HEAD);
    await connection.send(chunk("data: 1\n\n"));
    await connection.left();
    left.resolve();
  });
  await using proxy = await startProxy({ upstream: workspace.origin });
  const caller = await connect(proxy);
  await caller.write(latin1(requestText(proxy)));
  await caller.read(new Uint8Array(1_000));
  assert.equal(proxy.proxy.stats().inFlight, 1);
  caller.close();
  await left.promise;
  await untilIdle(proxy);
  assert.equal(proxy.proxy.stats().upstreamFailures, 0);
});

Deno.test("a caller that leaves while a stream floods it is noticed upstream", async () => {
  const left = Promise.withResolvers<void>();
  await using workspace = startRawUpstream(async (_, connection) => {
    await connection.send(CHUNKED_HEAD);
    let isLeft = false;
    connection.left().then(() => isLeft = true);
    while (!isLeft) await connection.send(chunk("x".repeat(60_000)));
    left.resolve();
  });
  await using proxy = await startProxy({ upstream: workspace.origin });
  const caller = await connect(proxy);
  await caller.write(latin1(requestText(proxy)));
  // Read a little and then no more: the proxy must not read on for it without end.
  await caller.read(new Uint8Array(1_000));
  caller.close();
  await left.promise;
  await untilIdle(proxy);
});

Deno.test("a caller that leaves while it waits for a credential sends nothing upstream", async () => {
  const log = { level: "debug", format: "json", color: "plain" } as const;
  const lines: string[] = [];
  startLog(log, { write: (line) => lines.push(line) });
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({
    upstream: workspace.origin,
    token: null,
    config: { log },
  });
  const caller = await connect(proxy);
  await caller.write(latin1(requestText(proxy)));
  await until("the rotator is asked", () => proxy.rotator.count("needed") === 1);
  caller.close();
  await until("it is given up", () => lines.some((line) => line.includes('"status":499')));
  await proxy.rotator.publish(1, "dapi-1");
  await (await proxy.post("/v1/responses", "{}")).body?.cancel();
  assert.deepEqual(workspace.requests.map(({ target }) => target), [
    "/serving-endpoints/responses",
  ]);
  await untilIdle(proxy);
});

Deno.test("a caller that leaves in the middle of its body sends nothing upstream", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin });
  for (const framing of ["Content-Length: 1000", "Transfer-Encoding: chunked"]) {
    const before = proxy.proxy.stats().requests;
    const caller = await connect(proxy);
    await caller.write(latin1(
      `POST ${PATH} HTTP/1.1\r\nHost: 127.0.0.1:${proxy.port}\r\n` +
        `X-Api-Key: ${proxy.keys.pi}\r\n${framing}\r\n\r\n5\r\nhello\r\n`,
    ));
    await until("it was let in", () => proxy.proxy.stats().requests === before + 1);
    caller.close();
  }
  // Another whole exchange, so that whatever the first ones did has been done.
  await (await proxy.post("/v1/responses", "{}")).body?.cancel();
  assert.deepEqual(workspace.requests.map(({ target }) => target), [
    "/serving-endpoints/responses",
  ]);
  await untilIdle(proxy);
});

Deno.test("a caller that leaves during the replay is noticed upstream", async () => {
  const replayed = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  await using workspace = startRawUpstream(async (request, connection) => {
    const isDead = JSON.stringify(request.headers).includes("dapi-1");
    if (isDead) return await wholeAnswer("{}", { status: "401 No" })(request, connection);
    replayed.resolve();
    await connection.left();
    left.resolve();
  });
  await using proxy = await startProxy({ upstream: workspace.origin });
  proxy.rotator.onHeard = ({ type }) => {
    if (type === "rejected") proxy.rotator.announce(2, "dapi-2");
  };
  const caller = await connect(proxy);
  await caller.write(latin1(requestText(proxy)));
  await replayed.promise;
  caller.close();
  await left.promise;
  await untilIdle(proxy);
});

Deno.test("a hundred callers that leave at once leave nothing behind", async () => {
  await using workspace = startRawUpstream(async (_, connection) => {
    await connection.send(CHUNKED_HEAD);
    await connection.send(chunk("data: 1\n\n"));
    await connection.left();
  });
  await using proxy = await startProxy({ upstream: workspace.origin });
  const callers = await Promise.all(Array.from({ length: 100 }, async (_, index) => {
    const caller = await connect(proxy);
    await caller.write(latin1(requestText(proxy)));
    // Some leave before their headers, some after, some in between.
    if (index % 2 === 0) await caller.read(new Uint8Array(1_000));
    return caller;
  }));
  for (const caller of callers) caller.close();
  await until("all were let in", () => proxy.proxy.stats().requests === 100);
  await untilIdle(proxy);
  proxy.rotator.say({ type: "drain", number: 1 });
  await until("the generation is drained", () => proxy.rotator.count("drained") === 1);
});

function requestText(proxy: ProxyFixture): string {
  return `POST ${PATH} HTTP/1.1\r\nHost: 127.0.0.1:${proxy.port}\r\n` +
    `X-Api-Key: ${proxy.keys.pi}\r\nContent-Length: 2\r\n\r\n{}`;
}

async function untilIdle(proxy: ProxyFixture): Promise<void> {
  await until("nothing is in flight", () => proxy.proxy.stats().inFlight === 0);
}

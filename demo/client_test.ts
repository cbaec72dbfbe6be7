import assert from "node:assert/strict";
import { Secret } from "../support/secret.ts";
import { SampleClient } from "./client.ts";
import { sumTallies } from "./summary.ts";

const KEY = "kt_hermes_made-up";

interface Seen {
  readonly path: string;
  readonly keys: readonly (string | null)[];
}

/** A server that answers every request in the same way, and tells when so many have come. */
function startServer(answer: () => Response, awaited: number) {
  const seen: Seen[] = [];
  const enough = Promise.withResolvers<void>();
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    await request.body?.cancel();
    const { headers } = request;
    const keys = ["authorization", "x-api-key", "x-goog-api-key"].map((name) => headers.get(name));
    seen.push({ path: new URL(request.url).pathname, keys });
    if (seen.length >= awaited) enough.resolve();
    return answer();
  });
  return { server, seen, enough: enough.promise, origin: `http://127.0.0.1:${server.addr.port}` };
}

function makeClient(origin: string, deadlineMs = 30_000): SampleClient {
  const key = new Secret(KEY);
  return new SampleClient({ origin, key, requestsPerSecond: 1_000, deadlineMs, fetch });
}

// The pool of `fetch` keeps connections open after the last test is over.
const keepsConnections = { sanitizeResources: false };

Deno.test("SampleClient shows its one key as each dialect does", keepsConnections, async () => {
  const { server, seen, enough, origin } = startServer(() => new Response("{}"), 4);
  const client = makeClient(origin);
  client.start();
  await enough;
  await client.stop();
  await server.shutdown();
  const keysOf = (path: RegExp) => seen.find((each) => path.test(each.path))?.keys;
  assert.deepEqual(keysOf(/chat/), [`Bearer ${KEY}`, null, null]);
  assert.deepEqual(keysOf(/responses/), [`Bearer ${KEY}`, null, null]);
  assert.deepEqual(keysOf(/messages/), [null, KEY, null]);
  assert.deepEqual(keysOf(/gemini/), [null, null, KEY]);
});

Deno.test(
  "SampleClient counts every request, and keeps the first reasons",
  keepsConnections,
  async () => {
    const refuse = () => Response.json({ error: { message: "no" } }, { status: 403 });
    const { server, seen, enough, origin } = startServer(refuse, 12);
    const client = makeClient(origin);
    client.start();
    await enough;
    await client.stop();
    await server.shutdown();
    const { byDialect, failures } = client.counts;
    assert.deepEqual(sumTallies(byDialect), { ok: 0, failed: seen.length });
    assert(byDialect.chat.failed >= 3);
    assert.equal(failures.length, 5);
    for (const failure of failures) assert.match(failure, /^\w+( stream)?: status 403: no$/);
  },
);

Deno.test(
  "SampleClient.stop() waits for the answers that are under way",
  keepsConnections,
  async () => {
    const gate = Promise.withResolvers<void>();
    const body = () =>
      new ReadableStream({
        async pull(controller) {
          await gate.promise;
          controller.close();
        },
      });
    const { server, seen, enough, origin } = startServer(() => new Response(body()), 3);
    const client = makeClient(origin);
    client.start();
    await enough;
    const stopped = client.stop();
    assert.deepEqual(sumTallies(client.counts.byDialect), { ok: 0, failed: 0 });
    gate.resolve();
    await stopped;
    assert(sumTallies(client.counts.byDialect).failed >= 3);
    await server.shutdown();
    assert.equal(sumTallies(client.counts.byDialect).failed, seen.length);
  },
);

Deno.test("SampleClient fails an answer that does not end", keepsConnections, async () => {
  const endless = () => new Response(new ReadableStream({ pull: () => new Promise(() => {}) }));
  const { server, enough, origin } = startServer(endless, 1);
  const client = makeClient(origin, 50);
  client.start();
  await enough;
  await client.stop();
  assert.match(client.counts.failures[0] ?? "", /^\w+: no end after 0\.05 s$/);
  await server.shutdown();
});

Deno.test(
  "SampleClient counts a connection that breaks as a failure",
  keepsConnections,
  async () => {
    const broken = () =>
      new Response(
        new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode("data: 1\n\n"));
          },
          pull(controller) {
            controller.error(new Error("cut"));
          },
        }),
      );
    const seen = Promise.withResolvers<void>();
    const server = Deno.serve({
      port: 0,
      hostname: "127.0.0.1",
      onListen() {},
      // Without this, Deno prints a stack for each body that breaks.
      onError: () => new Response(null, { status: 500 }),
    }, async (request) => {
      await request.body?.cancel();
      seen.resolve();
      return broken();
    });
    const client = makeClient(`http://127.0.0.1:${server.addr.port}`);
    client.start();
    await seen.promise;
    await client.stop();
    assert.match(client.counts.failures[0] ?? "", /^\w+: the connection broke: /);
    await server.shutdown();
  },
);

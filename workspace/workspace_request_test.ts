import assert from "node:assert/strict";
import { CredentialError } from "../support/errors.ts";
import { startTlsServer } from "../tests/support/tls_server.ts";
import { type SendOptions, sendRequest, type WorkspaceRequest } from "./workspace_request.ts";

const MIB = 1024 * 1024;

Deno.test("sendRequest() sends the bearer, what it accepts and who it is", async () => {
  const seen: { line: string; sent: string; headers: Headers }[] = [];
  await using server = serve(async (request) => {
    const line = `${request.method} ${new URL(request.url).pathname}`;
    seen.push({ line, sent: await request.text(), headers: new Headers(request.headers) });
    return new Response("pong");
  });
  const body = { type: "application/json", text: '{"a":1}' };
  const request: WorkspaceRequest = { ...get(server), method: "POST", body };
  const reply = await sendRequest(request, { ...how(), version: "1.2.3" });
  assert.equal(reply.status, 200);
  assert.equal(reply.text, "pong");
  assert.ok(!reply.isTruncated);
  const { line, sent, headers } = seen[0] ?? assert.fail("nothing arrived");
  assert.equal(line, "POST /x");
  assert.equal(sent, '{"a":1}');
  assert.equal(headers.get("authorization"), "Bearer dapi-test");
  assert.equal(headers.get("accept"), "application/json");
  assert.equal(headers.get("accept-encoding"), "identity");
  assert.equal(headers.get("content-type"), "application/json");
  assert.equal(headers.get("user-agent"), "keyturn/1.2.3");
});

Deno.test("sendRequest() follows no redirect", async () => {
  const paths: string[] = [];
  await using server = serve((request) => {
    paths.push(new URL(request.url).pathname);
    return new Response(null, { status: 302, headers: { location: "/login" } });
  });
  const reply = await sendRequest(get(server), how());
  assert.equal(reply.status, 302);
  assert.equal(reply.headers.get("location"), "/login");
  assert.deepEqual(paths, ["/x"]);
});

Deno.test("sendRequest() reads a body of exactly 1 MiB to its end", async () => {
  await using server = serve(() => new Response("x".repeat(MIB)));
  const reply = await sendRequest(get(server), how());
  assert.equal(reply.text.length, MIB);
  assert.ok(!reply.isTruncated);
});

Deno.test("sendRequest() stops reading and cancels a body that never ends", async () => {
  const cancelled = Promise.withResolvers<void>();
  const chunk = new Uint8Array(64 * 1024).fill(0x78);
  await using server = serve(() =>
    new Response(
      new ReadableStream({
        pull: (controller) => controller.enqueue(chunk),
        cancel: () => cancelled.resolve(),
      }),
    )
  );
  const reply = await sendRequest(get(server), how());
  assert.equal(reply.text.length, MIB);
  assert.ok(reply.isTruncated);
  await cancelled.promise;
});

Deno.test("sendRequest() keeps characters whole that chunks split", async () => {
  // A socket joins small chunks again, so the body is handed over without one.
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of new TextEncoder().encode("a€b")) controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });
  const fetch = () => Promise.resolve(new Response(body));
  const reply = await sendRequest({ ...TEMPLATE, host: "http://w.example" }, { ...how(), fetch });
  assert.equal(reply.text, "a€b");
});

Deno.test("sendRequest() is unreachable when nobody listens", async () => {
  const server = serve(() => new Response());
  const request = get(server);
  await server.shutdown();
  const error = await failureOf(request, how());
  assert.equal(error.kind, "unreachable");
  assert.match(error.message, /no answer from http:\/\/127\.0\.0\.1:\d+ \(tcp connect error: /);
  assert.match(error.message, /DATABRICKS_HOST/);
});

Deno.test("sendRequest() says that a name is not known, and not only that it failed", async () => {
  // RFC 6761: nobody has a name below it.
  const error = await failureOf({ ...TEMPLATE, host: "https://nobody.invalid" }, how());
  assert.equal(error.kind, "unreachable");
  assert.match(error.message, /no answer from https:\/\/nobody\.invalid \(dns error: /);
});

Deno.test("sendRequest() says that a certificate is not trusted, and what to do", async () => {
  await using server = await startTlsServer();
  const host = `https://127.0.0.1:${server.port}`;
  const error = await failureOf({ ...TEMPLATE, host }, how());
  assert.equal(error.kind, "unreachable");
  assert.match(error.message, /the certificate of https:\S+ is not trusted \(.*\): .*DENO_CERT/);
});

Deno.test("sendRequest() is unreachable when the headers do not come in time", async () => {
  const gone = Promise.withResolvers<void>();
  await using server = serve(async (request) => {
    request.signal.addEventListener("abort", () => gone.resolve());
    await gone.promise;
    return new Response();
  });
  const error = await failureOf(get(server), { ...how(), timeoutMs: 50 });
  assert.equal(error.kind, "unreachable");
  assert.match(error.message, /did not answer within 0\.05 s/);
  await gone.promise;
});

Deno.test("sendRequest() is unreachable when the body does not end in time", async () => {
  const cancelled = Promise.withResolvers<void>();
  await using server = serve(() =>
    new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(Uint8Array.of(0x78)),
        cancel: () => cancelled.resolve(),
      }),
    )
  );
  const error = await failureOf(get(server), { ...how(), timeoutMs: 50 });
  assert.equal(error.kind, "unreachable");
  assert.match(error.message, /did not answer within/);
  await cancelled.promise;
});

Deno.test("sendRequest() says so when it is called off", async () => {
  const arrived = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  await using server = serve(async (request) => {
    request.signal.addEventListener("abort", () => gone.resolve());
    arrived.resolve();
    await gone.promise;
    return new Response();
  });
  const controller = new AbortController();
  const failure = failureOf(get(server), { ...how(), signal: controller.signal });
  await arrived.promise;
  controller.abort();
  const error = await failure;
  assert.equal(error.kind, "unreachable");
  assert.match(error.message, /called off/);
});

Deno.test("sendRequest() does not quote a credential that no header can carry", async () => {
  const request = {
    ...TEMPLATE,
    host: "http://127.0.0.1:1",
    authorization: "Bearer dapi\n123456789",
  };
  const error = await failureOf(request, how());
  assert.equal(error.kind, "malformed");
  assert.doesNotMatch(`${error.message} ${Deno.inspect(error)}`, /123456789/);
});

const TEMPLATE = {
  action: "do a test",
  method: "GET",
  path: "/x",
  authorization: "Bearer dapi-test",
} as const;

function get(server: Deno.HttpServer<Deno.NetAddr>): WorkspaceRequest {
  return { ...TEMPLATE, host: `http://127.0.0.1:${server.addr.port}` };
}

function how(): SendOptions {
  return { fetch, timeoutMs: 10_000 };
}

function serve(handler: (request: Request) => Response | Promise<Response>) {
  return Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, handler);
}

async function failureOf(request: WorkspaceRequest, how: SendOptions): Promise<CredentialError> {
  try {
    await sendRequest(request, how);
  } catch (error) {
    if (error instanceof CredentialError) return error;
    throw error;
  }
  assert.fail("it did not fail");
}

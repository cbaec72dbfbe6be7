/** The unix socket beside the port: for its owner alone, and gone when the service is. */

import assert from "node:assert/strict";
import type { ProxyConfig } from "../protocol.ts";
import { bodyText, exchangeRaw, rawRequest } from "./support/raw_client.ts";
import { configOf, writeKeys } from "./support/proxy_fixture.ts";
import { type ProxyWorker, startProxyWorker } from "./support/proxy_worker.ts";
import { startRawUpstream, wholeAnswer } from "./support/raw_upstream.ts";
import { until } from "./support/until.ts";

Deno.test("requests come through the socket as through the port, whatever their Host", async () => {
  await using workspace = startRawUpstream(wholeAnswer("fine"));
  await using scene = await makeScene(workspace.origin);
  const { config, path, keys } = scene;
  using worker = startProxyWorker(config);
  const { port } = await worker.hears("listening");
  assert((await Deno.lstat(path)).isSocket);
  assert.equal(((await Deno.lstat(path)).mode ?? 0) & 0o777, 0o600);
  const post = (target: { path: string } | { port: number }, ...headers: string[]) =>
    exchangeRaw(
      target,
      rawRequest("POST /v1/messages", { headers: [...headers, "Content-Length: 2"], body: "{}" }),
    );
  for (const host of ["keyturn", "127.0.0.1", "", "evil.example:1"]) {
    const answer = await post({ path }, `Host: ${host}`, `X-Api-Key: ${keys.pi}`);
    assert.equal(answer.status, 200, `${host}: ${bodyText(answer)}`);
    assert.equal(bodyText(answer), "fine");
  }
  const own = `Host: 127.0.0.1:${port}`;
  assert.equal((await post({ port }, own, `X-Api-Key: ${keys.pi}`)).status, 200);
  assert.equal((await post({ port }, "Host: keyturn", `X-Api-Key: ${keys.pi}`)).status, 403);
  const before = workspace.requests.length;
  assert.equal((await post({ path }, "Host: keyturn")).status, 401, "a key is wanted here too");
  for (const page of ["Origin: null", "Sec-Fetch-Site: cross-site"]) {
    const answer = await post({ path }, "Host: keyturn", `X-Api-Key: ${keys.pi}`, page);
    assert.equal(answer.status, 403, page);
  }
  assert.equal(workspace.requests.length, before);
  await stopped(worker);
  await assert.rejects(Deno.lstat(path), Deno.errors.NotFound);
});

Deno.test("a fetch client of Deno's comes through the socket", async () => {
  await using workspace = startRawUpstream(wholeAnswer("fine"));
  await using scene = await makeScene(workspace.origin);
  const { path, keys } = scene;
  using worker = startProxyWorker(scene.config);
  await worker.hears("listening");
  using client = Deno.createHttpClient({ proxy: { transport: "unix", path } });
  const response = await fetch("http://keyturn/v1/chat/completions?a=1", {
    method: "POST",
    body: "{}",
    headers: { authorization: `Bearer ${keys.pi}` },
    client,
  });
  assert.equal(await response.text(), "fine");
  assert.equal(workspace.requests.at(0)?.target, "/serving-endpoints/chat/completions?a=1");
});

Deno.test("a socket that a dead process left behind is replaced", async () => {
  await using workspace = startRawUpstream(wholeAnswer("fine"));
  await using scene = await makeScene(workspace.origin);
  // Deno removes a socket that it closes, unless it is not found where it was made.
  const listener = Deno.listen({ transport: "unix", path: `${scene.path}.made` });
  await Deno.rename(`${scene.path}.made`, scene.path);
  listener.close();
  assert((await Deno.lstat(scene.path)).isSocket);
  using worker = startProxyWorker(scene.config);
  await worker.hears("listening");
  const answer = await exchangeRaw(
    scene,
    rawRequest("GET /health", { headers: ["Host: keyturn"] }),
  );
  assert.equal(answer.status, 200);
});

Deno.test("a socket that another program listens at is left to it", async () => {
  await using workspace = startRawUpstream(wholeAnswer("fine"));
  await using scene = await makeScene(workspace.origin);
  using first = startProxyWorker(scene.config);
  await first.hears("listening");
  using second = startProxyWorker(scene.config);
  const { problem } = await second.hears("failed");
  assert.equal(problem.name, "PROXY_SOCKET");
  assert.match(problem.message, /another program \(perhaps another Keyturn\) listens there/);
  const answer = await exchangeRaw(
    scene,
    rawRequest("GET /health", { headers: ["Host: keyturn"] }),
  );
  assert.equal(answer.status, 200, "the first one still serves");
});

Deno.test("a file at the socket's path is left as it is", async () => {
  await using workspace = startRawUpstream(wholeAnswer("fine"));
  await using scene = await makeScene(workspace.origin);
  await Deno.writeTextFile(scene.path, "precious");
  using worker = startProxyWorker(scene.config);
  const { problem } = await worker.hears("failed");
  assert.equal(problem.name, "PROXY_SOCKET");
  assert.match(problem.message, /is not a socket/);
  assert.equal(await Deno.readTextFile(scene.path), "precious");
  // The isolate tries again, at its port too.
  await Deno.remove(scene.path);
  const { port } = await worker.hears("listening");
  for (const target of [scene, { port }]) {
    const headers = [`Host: 127.0.0.1:${port}`];
    assert.equal((await exchangeRaw(target, rawRequest("GET /health", { headers }))).status, 200);
  }
});

Deno.test("a port that is taken is a problem of PROXY_PORT", async () => {
  await using workspace = startRawUpstream(wholeAnswer("fine"));
  await using scene = await makeScene(workspace.origin);
  const port = Number(new URL(workspace.origin).port);
  using worker = startProxyWorker({ ...scene.config, port, socketPath: null });
  const { problem } = await worker.hears("failed");
  assert.equal(problem.name, "PROXY_PORT");
  assert.match(problem.message, /^Cannot listen on 127\.0\.0\.1:\d+: .*in use/);
  assert(!worker.heard.some((each) => typeof each === "string"), "no error, no stack");
});

Deno.test("an isolate that stops lets a stream end, and takes no new callers", async () => {
  const arrived = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  await using workspace = startRawUpstream(async (request, connection) => {
    arrived.resolve();
    await gate.promise;
    await wholeAnswer("fine")(request, connection);
  });
  await using scene = await makeScene(workspace.origin);
  using worker = startProxyWorker(scene.config);
  await worker.hears("listening");
  const answer = exchangeRaw(
    scene,
    rawRequest("POST /v1/messages", {
      headers: ["Host: keyturn", `X-Api-Key: ${scene.keys.pi}`, "Content-Length: 0"],
    }),
  );
  await arrived.promise;
  worker.say({ type: "stop" });
  await until("no new caller comes in", async () => {
    try {
      (await Deno.connect({ transport: "unix", path: scene.path })).close();
      return false;
    } catch {
      return true;
    }
  });
  assert(!worker.heard.some((each) => typeof each !== "string" && each.type === "stopped"));
  gate.resolve();
  assert.equal(bodyText(await answer), "fine");
  await worker.hears("stopped");
});

interface Scene extends AsyncDisposable {
  readonly path: string;
  readonly config: ProxyConfig;
  readonly keys: { readonly pi: string };
}

async function makeScene(workspace: string): Promise<Scene> {
  const folder = await Deno.makeTempDir({ prefix: "keyturn-socket-" });
  const path = `${folder}/proxy.sock`;
  const base = configOf(folder, workspace);
  const config = { ...base, socketPath: path };
  await Deno.writeTextFile(base.profileFile, "[DEFAULT]\ntoken = dapi-1\n");
  return {
    path,
    config,
    keys: await writeKeys(config.keysFile),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

async function stopped(worker: ProxyWorker): Promise<void> {
  worker.say({ type: "stop" });
  await worker.hears("stopped");
}

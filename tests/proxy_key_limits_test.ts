/** What each agent's key is good for, and how the service proves that it is ours. */

import assert from "node:assert/strict";
import { dirname } from "node:path";
import { proofOf } from "../support/challenge.ts";
import { makeKey, renderKeys } from "../support/keys_file.ts";
import { Secret } from "../workspace/credential.ts";
import { runKeys } from "../console/keys.ts";
import { callService } from "../console/service.ts";
import { findOccupant } from "../support/occupant.ts";
import { type ProxyFixture, startProxy } from "./support/proxy_fixture.ts";
import { startRawUpstream, wholeAnswer } from "./support/raw_upstream.ts";

const PATHS = {
  chat: "/v1/chat/completions",
  responses: "/openai/v1/responses",
  anthropic: "/anthropic/v1/messages",
  gemini: "/gemini/v1beta/models/m:generateContent",
} as const;

const GOOD_FOR: Readonly<Record<string, readonly string[]>> = {
  claude: ["anthropic"],
  codex: ["responses"],
  gemini: ["gemini"],
  opencode: ["chat", "responses", "anthropic", "gemini"],
  hermes: ["chat", "responses", "anthropic"],
  pi: ["chat", "responses", "anthropic", "gemini"],
  copilot: ["chat", "responses", "anthropic"],
  qwen: ["chat"],
  // Names that no table knows, one of which every object does.
  mine: ["chat", "responses", "anthropic", "gemini"],
  constructor: ["chat", "responses", "anthropic", "gemini"],
};

async function writeKeys(path: string): Promise<ReadonlyMap<string, string>> {
  const make = (name: string) => makeKey(name, crypto.getRandomValues(new Uint8Array(32)));
  const agents = new Map(Object.keys(GOOD_FOR).map((name) => [name, make(name)]));
  const operator = make("operator");
  await Deno.writeTextFile(path, renderKeys({ operator, agents }));
  return new Map([...agents].map(([name, key]) => [name, key.reveal()]));
}

Deno.test("each agent's key opens the dialects of that agent, and lists of models", async () => {
  await using workspace = startRawUpstream(wholeAnswer('{"endpoints":[]}'));
  await using proxy = await startProxy({ upstream: workspace.origin });
  const keys = await writeKeys(proxy.keysFile);
  for (const [name, key] of keys) {
    const headers = { "x-api-key": key };
    for (const [dialect, path] of Object.entries(PATHS)) {
      const response = await proxy.call(path, { method: "POST", body: "{}", headers });
      const text = await response.text();
      const wanted = GOOD_FOR[name]?.includes(dialect) ? 200 : 403;
      assert.equal(response.status, wanted, `${name} for ${dialect}: ${text}`);
    }
    for (const path of ["/v1/models", "/gemini/v1beta/models", "/anthropic/v1/models"]) {
      const response = await proxy.call(path, { headers });
      await response.body?.cancel();
      assert.equal(response.status, 200, `${name} at ${path}`);
    }
    const response = await proxy.call("/keyturn/status", { headers });
    await response.body?.cancel();
    assert.equal(response.status, 401);
  }
});

Deno.test("the workspace's own paths are limited by their dialect, and nothing goes upstream", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin });
  const keys = await writeKeys(proxy.keysFile);
  const rows: readonly (readonly [string, string, number])[] = [
    ["claude", "/serving-endpoints/anthropic/v1/messages", 200],
    ["claude", "/v1/messages/count_tokens", 200],
    ["claude", "/serving-endpoints/chat/completions", 403],
    ["claude", "/serving-endpoints/m/invocations", 403],
    ["qwen", "/serving-endpoints/m/invocations", 200],
    ["codex", "/ai-gateway/codex/v1/responses", 200],
    ["codex", "/ai-gateway/gemini/v1beta/models/m:countTokens", 403],
  ];
  for (const [name, path, wanted] of rows) {
    const before = workspace.requests.length;
    const headers = { authorization: `Bearer ${keys.get(name)}` };
    const response = await proxy.call(path, { method: "POST", body: "{}", headers });
    await response.body?.cancel();
    assert.equal(response.status, wanted, `${name} at ${path}`);
    assert.equal(workspace.requests.length - before, wanted === 200 ? 1 : 0);
  }
});

Deno.test("who uses a key for something else is told so in their own dialect", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin });
  const keys = await writeKeys(proxy.keysFile);
  const ask = async (name: string, path: string) => {
    const headers = { "x-api-key": keys.get(name) ?? "" };
    return await (await proxy.call(path, { method: "POST", body: "{}", headers })).json();
  };
  const chat = await ask("claude", PATHS.chat);
  assert.equal(chat.error.code, "keyturn_forbidden");
  assert.match(
    chat.error.message,
    /^The key of "claude" was used for OpenAI chat and is good for Anthropic alone: point /,
  );
  const anthropic = await ask("qwen", PATHS.anthropic);
  assert.equal(anthropic.error.type, "permission_error");
  assert.match(
    anthropic.error.message,
    /"qwen" was used for Anthropic and is good for OpenAI chat/,
  );
  const gemini = await ask("hermes", PATHS.gemini);
  assert.equal(gemini.error.status, "PERMISSION_DENIED");
  assert.equal(proxy.proxy.stats().requests, 0);
  assert.deepEqual(proxy.proxy.stats().refused, { "403": 3 });
});

Deno.test("where keys are off, any key is as good as none, and the operator's is itself", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({
    upstream: workspace.origin,
    config: { clientAuth: "off" },
  });
  const keys = await writeKeys(proxy.keysFile);
  const headers = { "x-api-key": keys.get("claude") ?? "" };
  const response = await proxy.call(PATHS.gemini, { method: "POST", body: "{}", headers });
  await response.body?.cancel();
  assert.equal(response.status, 200);
  const place = { hostname: "127.0.0.1", port: proxy.port };
  const text = await Deno.readTextFile(proxy.keysFile);
  const operator = new Secret(JSON.parse(text).operator);
  const status = await callService(place, { method: "GET", path: "/keyturn/status", operator });
  assert.equal(status.status, 200);
  assert.equal((await status.json()).version, 1);
});

Deno.test("once `keys` has returned, no proxy goes by an older look at the file", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin });
  // Its folder is where the fixture's keys are, under the name that they have there.
  const settings = { configFolder: dirname(proxy.keysFile), clientAuth: "required" } as const;
  const ask = async () => {
    const response = await proxy.post(PATHS.chat, "{}");
    await response.body?.cancel();
    return response.status;
  };
  for (const verb of ["rotate", "revoke"] as const) {
    await writePiKey(proxy);
    assert.equal(await ask(), 200);
    await runKeys({ verb, name: "pi" }, { settings, write: () => {} });
    assert.equal(await ask(), 401, verb);
  }
});

/** Puts back the key that the fixture calls with. */
async function writePiKey({ keysFile, keys }: ProxyFixture): Promise<void> {
  const operator = new Secret(keys.operator);
  const agents = new Map([["pi", new Secret(keys.pi)]]);
  await Deno.writeTextFile(keysFile, renderKeys({ operator, agents }));
}

Deno.test("the service proves that it knows the operator's key, for its own port and each nonce", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin });
  const operator = new Secret(proxy.keys.operator);
  const { port } = proxy;
  const prove = async (query: string) => {
    const response = await proxy.call(`/keyturn/challenge${query}`, { headers: {} });
    return { status: response.status, body: await response.json() };
  };
  for (const nonce of ["A".repeat(43), "b".repeat(43)]) {
    const { status, body } = await prove(`?nonce=${nonce}`);
    assert.equal(status, 200);
    assert.deepEqual(body, { proof: proofOf(operator, { nonce, port }) });
  }
  const long = "A".repeat(44);
  for (const query of ["", "?nonce=", `?nonce=${long}`, `?nonce=${"A".repeat(42)}`, "?x=1"]) {
    assert.equal((await prove(query)).status, 400, query);
  }
  await Deno.remove(proxy.keysFile);
  assert.equal((await prove(`?nonce=${"A".repeat(43)}`)).status, 200, "the last good keys");
});

Deno.test("no key is sent to a program on our port that is not ours", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin });
  const operator = new Secret(proxy.keys.operator);
  const place = (port: number) => ({ hostname: "127.0.0.1", port });
  assert.deepEqual(await findOccupant(place(proxy.port), operator), { kind: "ours" });
  assert.equal((await findOccupant(place(proxy.port), new Secret("other"))).kind, "stranger");

  // One that says yes to everything, one that has learnt a proof, and one that asks the real
  // service behind our back.
  const answers: readonly ((url: string) => Promise<Response>)[] = [
    () => Promise.resolve(Response.json({ status: "ok" })),
    () => Promise.resolve(Response.json({ proof: "0".repeat(64) })),
    () => Promise.resolve(Response.json({ proof: null })),
    () => Promise.resolve(new Response("<html>", { status: 404 })),
    (url) => fetch(proxy.origin + new URL(url).pathname + new URL(url).search),
  ];
  for (const answer of answers) {
    const seen: string[] = [];
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      (request) => {
        seen.push(JSON.stringify([request.url, ...request.headers]));
        return answer(request.url);
      },
    );
    await assert.rejects(
      callService(place(server.addr.port), { method: "GET", path: "/keyturn/status", operator }),
      /is not this installation's Keyturn \(.*\), so it was told no key; stop it/,
    );
    assert.equal(seen.length, 1, "it was asked for a proof and for nothing else");
    assert.doesNotMatch(seen.join(), /kt_operator/);
  }
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await assert.rejects(
    callService(place(port), { method: "GET", path: "/keyturn/status", operator }),
    /no service answers at .*; start `serve`/,
  );
});

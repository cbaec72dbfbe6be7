/** What an endpoint refuses by name costs one more request, once; the caller sees success. */

import assert from "node:assert/strict";
import { type ProxyFixture, startProxy } from "./support/proxy_fixture.ts";
import {
  type Answer,
  type RawRequest,
  startRawUpstream,
  wholeAnswer,
} from "./support/raw_upstream.ts";

const PATH = "/v1/chat/completions";
const JSON_HEADERS = ["content-type: application/json"];

function jsonOf(request: RawRequest): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(request.body));
}

/** A strict decoder: refuses the first field of `unknown` that it sees, as Go does. */
function strict(unknown: readonly string[]): Answer {
  return (request, connection) => {
    const field = unknown.find((name) => name in jsonOf(request));
    const message = `Bad request: json: unknown field "${field}"\n`;
    const answer = field === undefined
      ? wholeAnswer("fine", { status: "200 OK", headers: JSON_HEADERS })
      : wholeAnswer(JSON.stringify({ error_code: "BAD_REQUEST", message }), {
        status: "400 Bad Request",
        headers: JSON_HEADERS,
      });
    return answer(request, connection);
  };
}

async function ask(proxy: ProxyFixture, body: unknown, path = PATH): Promise<Response> {
  const response = await proxy.post(path, new TextEncoder().encode(JSON.stringify(body)));
  await response.clone().text();
  return response;
}

const BODY = { model: "my-endpoint", messages: [{ role: "user", content: "hi" }] };

Deno.test("a field that nothing knows costs exactly one more request per route and model", async () => {
  await using upstream = startRawUpstream(strict(["frobnicate"]));
  await using proxy = await startProxy({ upstream: upstream.origin });
  for (let count = 0; count < 3; count++) {
    const response = await ask(proxy, { ...BODY, frobnicate: { a: 1.5 } });
    assert.equal(response.status, 200);
    assert.equal(await response.text(), "fine");
    assert.equal(response.headers.get("x-keyturn-repairs"), "learned");
  }
  assert.deepEqual(upstream.requests.map((each) => "frobnicate" in jsonOf(each)), [
    true,
    false,
    false,
    false,
  ]);
  assert.deepEqual(upstream.requests.map(jsonOf).at(-1), BODY);
  await (await ask(proxy, { ...BODY, model: "another", frobnicate: 1 })).text();
  assert.equal(upstream.requests.length, 6, "another model is asked for itself");
  const { lessons, repairs } = proxy.proxy.stats();
  assert.deepEqual(lessons.map(({ lesson, model, applied }) => [lesson, model, applied]), [
    ["strip frobnicate", "my-endpoint", 2],
    ["strip frobnicate", "another", 0],
  ]);
  assert.deepEqual(repairs.map(({ repair, model, count }) => [repair, model, count]), [
    ["learned", "my-endpoint", 3],
    ["learned", "another", 1],
  ]);
});

Deno.test("a decoder that names one field at a time is followed, and all of it is learned", async () => {
  await using upstream = startRawUpstream(strict(["a_one", "b_two", "c_three"]));
  await using proxy = await startProxy({ upstream: upstream.origin });
  const body = { ...BODY, "c_three": 3, "a_one": 1, "b_two": 2 };
  assert.equal((await ask(proxy, body)).status, 200);
  assert.equal(upstream.requests.length, 4);
  assert.equal((await ask(proxy, body)).status, 200);
  assert.equal(upstream.requests.length, 5);
});

Deno.test("an endpoint that goes on refusing is believed, and nothing is learned of it", async () => {
  const refusal = '{"error_code":"BAD_REQUEST","message":"json: unknown field \\"a_one\\""}';
  const never = wholeAnswer(refusal, { status: "400 Bad Request", headers: JSON_HEADERS });
  await using upstream = startRawUpstream(never);
  await using proxy = await startProxy({ upstream: upstream.origin });
  const response = await ask(proxy, { ...BODY, a_one: 1 });
  assert.equal(response.status, 400);
  assert.match(await response.text(), /unknown field/);
  assert.equal(upstream.requests.length, 2);
  assert.deepEqual(proxy.proxy.stats().lessons, []);
  assert.equal(proxy.proxy.stats().inFlight, 0);
});

Deno.test("what cannot be left out is the caller's to hear of, at once", async () => {
  await using upstream = startRawUpstream(strict(["messages"]));
  await using proxy = await startProxy({ upstream: upstream.origin });
  const response = await ask(proxy, BODY);
  assert.equal(response.status, 400);
  assert.match(await response.text(), /messages/);
  assert.equal(upstream.requests.length, 1);
});

Deno.test("beta flags that are refused are left out of the header from then on", async () => {
  const refusal =
    '{"type":"error","error":{"type":"invalid_request_error","message":"invalid beta flag"}}';
  await using upstream = startRawUpstream((request, connection) => {
    const isRefused = request.headers.some(([name, value]) =>
      name === "anthropic-beta" && value.includes("oauth-2025-04-20")
    );
    const options = { status: isRefused ? "400 Bad" : "200 OK", headers: JSON_HEADERS };
    return wholeAnswer(isRefused ? refusal : "{}", options)(request, connection);
  });
  await using proxy = await startProxy({ upstream: upstream.origin });
  const body = new TextEncoder().encode(JSON.stringify({ ...BODY, max_tokens: 5 }));
  const beta = { "anthropic-beta": "claude-code-20250219,oauth-2025-04-20" };
  for (let count = 0; count < 2; count++) {
    const response = await proxy.post("/v1/messages?beta=true", body, beta);
    assert.equal(response.status, 200);
    await response.text();
  }
  const flags = upstream.requests.map((request) =>
    request.headers.find(([name]) => name === "anthropic-beta")?.[1]
  );
  assert.deepEqual(flags, [
    "claude-code-20250219,oauth-2025-04-20",
    "claude-code-20250219",
    "claude-code-20250219",
  ]);
});

Deno.test("with REPAIRS_OFF=learned a refusal is the caller's", async () => {
  await using upstream = startRawUpstream(strict(["frobnicate"]));
  await using proxy = await startProxy({
    upstream: upstream.origin,
    config: { repairsOff: ["learned"] },
  });
  const response = await ask(proxy, { ...BODY, frobnicate: 1 });
  assert.equal(response.status, 400);
  await response.text();
  assert.equal(upstream.requests.length, 1);
});

/** A token that died on the way costs the caller nothing but time; a permission costs no token. */

import assert from "node:assert/strict";
import { translateError } from "../proxy/upstream_error.ts";
import { findRoute } from "../workspace/endpoints.ts";
import { randomBytes, utf8 } from "./support/bytes.ts";
import { type ProxyFixture, startProxy } from "./support/proxy_fixture.ts";
import {
  type Answer,
  chunk,
  CHUNKED_HEAD,
  headerOf,
  type RawRequest,
  startRawUpstream,
  wholeAnswer,
} from "./support/raw_upstream.ts";
import { until } from "./support/until.ts";

const PATH = "/v1/chat/completions";
const JSON_TYPE = { headers: ["content-type: application/json"] };
const HTML_TYPE = { headers: ["content-type: text/html"] };

/** How a workspace says that a token is dead. */
const DEAD: ReadonlyMap<string, Answer> = new Map([
  ["401", wholeAnswer('{"error_code":"UNAUTHENTICATED"}', { status: "401 No", ...JSON_TYPE })],
  ["401 without a body", wholeAnswer("", { status: "401 No", headers: [] })],
  [
    "403 JSON",
    wholeAnswer('{"error_code":403,"message":"Invalid access token."}', {
      status: "403 No",
      ...JSON_TYPE,
    }),
  ],
  [
    "403 HTML",
    wholeAnswer("<html><body><p>Invalid access token.</p></body></html>", {
      status: "403 No",
      ...HTML_TYPE,
    }),
  ],
  [
    "403 in chunks",
    async (_, connection) => {
      await connection.send(
        "HTTP/1.1 403 No\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
      );
      for (const part of ['{"error_code":"403","mess', 'age":"Invalid access token."}', ""]) {
        await connection.send(chunk(part));
      }
    },
  ],
  ["400 text", wholeAnswer("Invalid Token", { status: "400 Bad", headers: [] })],
]);

/** What looks alike and is none of it. */
const NOT_DEAD: ReadonlyMap<string, string> = new Map([
  ["403 No", '{"error_code":"PERMISSION_DENIED","message":"You do not have permission to query"}'],
  ["403 Forbidden", '{"message":"Source IP address: 1.2.3.4 is blocked by Databricks IP ACL"}'],
  ["400 Bad", '{"error_code":"BAD_REQUEST","message":"Invalid token in field stop"}'],
  ["404 Gone", '{"message":"Invalid access token."}'],
  ["500 Oh", '{"message":"Invalid access token."}'],
]);

for (const [name, dead] of DEAD) {
  Deno.test(`defect 18: a token that is dead by ${name} is fenced, and the request sent once more`, async () => {
    await using workspace = startRawUpstream(byToken({ "dapi-1": dead, "dapi-2": ANSWER }));
    await using proxy = await startProxy({ upstream: workspace.origin });
    onRejected(proxy, () => proxy.rotator.announce(2, "dapi-2"));
    const body = randomBytes(100_000);
    const response = await proxy.post(`${PATH}?a=1`, body, { "x-session-id": "s" });
    assert.equal(response.status, 200);
    assert.equal(await response.text(), "fine");
    assert.deepEqual(workspace.requests.map(tokenOf), ["dapi-1", "dapi-2"]);
    const [first, second] = workspace.requests.map(withoutToken);
    assert.deepEqual(second, first, "the same request but for its token");
    assert.deepEqual(second?.body, body);
    assert.deepEqual(
      proxy.rotator.heard.filter(({ type }) => type === "rejected"),
      [{ type: "rejected", number: 1 }],
    );
    const { rescues, inFlight, refused } = proxy.proxy.stats();
    assert.deepEqual({ rescues, inFlight, refused }, { rescues: 1, inFlight: 0, refused: {} });
  });
}

for (const [status, text] of NOT_DEAD) {
  Deno.test(`an answer of ${status} about something else passes as it is`, async () => {
    const body = utf8(text);
    await using workspace = startRawUpstream(wholeAnswer(body, { status }));
    await using proxy = await startProxy({ upstream: workspace.origin });
    const response = await proxy.post(PATH, "{}");
    assert.equal(response.status, Number(status.slice(0, 3)));
    const dialect = findRoute("POST", PATH)?.dialect ?? "chat";
    assert.equal(
      await response.text(),
      translateError(text, { status: response.status, dialect }) ?? text,
    );
    assert.equal(workspace.requests.length, 1);
    assert.equal(proxy.rotator.count("rejected"), 0);
    assert(proxy.proxy.credentials.isReady(), "the token serves on");
  });
}

Deno.test("a long error is no word on the token, and passes byte for byte", async () => {
  const body = utf8(`Invalid access token.${" ".repeat(200_000)}`);
  await using workspace = startRawUpstream(wholeAnswer(body, { status: "403 No", headers: [] }));
  await using proxy = await startProxy({ upstream: workspace.origin });
  const response = await proxy.post(PATH, "{}");
  assert.equal(response.status, 403);
  assert.deepEqual(await response.bytes(), body);
  assert.equal(proxy.rotator.count("rejected"), 0);
});

Deno.test("an error that breaks off while it is judged is one that says so", async () => {
  await using workspace = startRawUpstream(async (_, connection) => {
    await connection.send("HTTP/1.1 403 No\r\ncontent-length: 100\r\n\r\n{");
    connection.close();
  });
  await using proxy = await startProxy({ upstream: workspace.origin });
  const response = await proxy.post(PATH, "{}");
  assert.equal(response.status, 502);
  assert.match(await response.text(), /broke off its answer/);
  assert.equal(proxy.proxy.stats().inFlight, 0);
});

Deno.test("defect 19: a late word on an old token does not touch the new one", async () => {
  const arrived = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  await using workspace = startRawUpstream(byToken({
    "dapi-1": async (request, connection) => {
      arrived.resolve();
      await gate.promise;
      await DEAD.get("403 JSON")?.(request, connection);
    },
    "dapi-2": ANSWER,
  }));
  await using proxy = await startProxy({ upstream: workspace.origin });
  const call = proxy.post(PATH, "{}");
  await arrived.promise;
  await proxy.rotator.publish(2, "dapi-2");
  gate.resolve();
  assert.equal(await (await call).text(), "fine");
  assert.deepEqual(workspace.requests.map(tokenOf), ["dapi-1", "dapi-2"]);
  assert.equal(proxy.rotator.count("rejected"), 0, "the rotator knows already");
  assert(proxy.proxy.credentials.isReady());
});

Deno.test("fifty callers with a dead token ask once, and all are served", async () => {
  const dead = DEAD.get("403 JSON") ?? ANSWER;
  await using workspace = startRawUpstream(byToken({ "dapi-1": dead, "dapi-2": ANSWER }));
  await using proxy = await startProxy({ upstream: workspace.origin });
  onRejected(proxy, () => proxy.rotator.announce(2, "dapi-2"));
  const calls = Array.from({ length: 50 }, async (_, index) => {
    const response = await proxy.post(PATH, `request ${index}`);
    return `${response.status} ${await response.text()}`;
  });
  assert.deepEqual(await Promise.all(calls), Array(50).fill("200 fine"));
  assert.equal(proxy.rotator.count("rejected"), 1);
  assert.equal(proxy.rotator.count("needed"), 1);
  const served = workspace.requests.filter((request) => tokenOf(request) === "dapi-2");
  assert.equal(served.length, 50, "each was answered once");
  assert.equal(proxy.proxy.stats().inFlight, 0);
});

Deno.test("no fresh credential, but one may come: 503 that says when to come back", async () => {
  const dead = DEAD.get("403 JSON") ?? ANSWER;
  await using workspace = startRawUpstream(byToken({ "dapi-1": dead, "dapi-2": ANSWER }));
  await using proxy = await startProxy({ upstream: workspace.origin });
  onRejected(
    proxy,
    () => proxy.rotator.tell({ state: "retrying", lastFailure: "The workspace does not answer" }),
  );
  const response = await proxy.post("/v1/messages", "{}");
  assert.equal(response.status, 503);
  assert.equal(response.headers.get("retry-after"), "5");
  assert.deepEqual(await response.json(), {
    type: "error",
    error: {
      type: "overloaded_error",
      message: "The workspace does not answer; another try follows",
    },
  });
  // The next one meets no token at all, and waits for an answer of its own.
  const next = proxy.post("/v1/messages", "{}");
  await until("it asks again", () => proxy.rotator.count("needed") === 2);
  await proxy.rotator.publish(2, "dapi-2");
  assert.equal(await (await next).text(), "fine");
});

Deno.test("no fresh credential, and none can come: 401 that says what to do", async () => {
  const dead = DEAD.get("403 JSON") ?? ANSWER;
  await using workspace = startRawUpstream(dead);
  await using proxy = await startProxy({ upstream: workspace.origin });
  onRejected(
    proxy,
    () => proxy.rotator.tell({ state: "lost", lastFailure: "Create a token and write it there" }),
  );
  const response = await proxy.post(PATH, "{}");
  assert.equal(response.status, 401);
  assert.equal(response.headers.get("retry-after"), null);
  assert.equal((await response.json()).error.message, "Create a token and write it there");
});

Deno.test("a refusal that stays after the token was confirmed passes as it is", async () => {
  const body = '{"error_code":"UNAUTHENTICATED","message":"this endpoint wants something else"}';
  await using workspace = startRawUpstream(wholeAnswer(body, { status: "401 No" }));
  await using proxy = await startProxy({ upstream: workspace.origin });
  onRejected(proxy, () => proxy.rotator.announce(2, "dapi-1"));
  const response = await proxy.post(PATH, "{}");
  assert.equal(response.status, 401);
  assert.equal((await response.json()).error.message, "this endpoint wants something else");
  assert.equal(workspace.requests.length, 2);
  assert.equal(proxy.proxy.stats().rescues, 0, "nothing was saved");
  assert(proxy.proxy.credentials.isReady(), "the token serves on");
});

Deno.test("a fresh token that is refused as well is fenced, and the caller told 503", async () => {
  await using workspace = startRawUpstream(DEAD.get("403 JSON") ?? ANSWER);
  await using proxy = await startProxy({ upstream: workspace.origin });
  let number = 1;
  onRejected(proxy, () => proxy.rotator.announce(++number, `dapi-${number}`));
  const response = await proxy.post(PATH, "{}");
  assert.equal(response.status, 503);
  assert.equal(response.headers.get("retry-after"), "5");
  await response.body?.cancel();
  assert.deepEqual(workspace.requests.map(tokenOf), ["dapi-1", "dapi-2"], "no third try");
  assert.equal(proxy.rotator.count("rejected"), 2);
});

Deno.test("an endpoint that does not know a new token yet is asked with the one before", async () => {
  const answers = { "dapi-1": ANSWER, "dapi-2": DEAD.get("403 JSON") ?? ANSWER };
  await using workspace = startRawUpstream(byToken(answers));
  await using proxy = await startProxy({ upstream: workspace.origin });
  await proxy.rotator.publish(2, "dapi-2");
  let number = 2;
  // The token API knows it, so the rotator says that it lives.
  onRejected(proxy, () => proxy.rotator.announce(++number, "dapi-2"));
  for (let turn = 0; turn < 2; turn++) {
    assert.equal(await (await proxy.post(PATH, "{}")).text(), "fine");
  }
  assert.deepEqual(workspace.requests.map(tokenOf), ["dapi-2", "dapi-1", "dapi-2", "dapi-1"]);
  assert.equal(proxy.proxy.stats().rescues, 2);
  proxy.rotator.say({ type: "drain", number: 1 });
  proxy.rotator.say({ type: "drain", number: 0 });
  await until("nothing of before is in use", () => proxy.rotator.count("drained") === 1);
});

Deno.test("a new token that is dead is not followed by the one before it, but by a fresh one", async () => {
  const dead = DEAD.get("403 JSON") ?? ANSWER;
  const answers = { "dapi-1": ANSWER, "dapi-2": dead, "dapi-3": ANSWER };
  await using workspace = startRawUpstream(byToken(answers));
  await using proxy = await startProxy({ upstream: workspace.origin });
  await proxy.rotator.publish(2, "dapi-2");
  onRejected(proxy, () => proxy.rotator.announce(3, "dapi-3"));
  assert.equal(await (await proxy.post(PATH, "{}")).text(), "fine");
  assert.deepEqual(workspace.requests.map(tokenOf), ["dapi-2", "dapi-3"]);
});

Deno.test("where the token before may be revoked already, an endpoint's no is what the caller reads", async () => {
  const answers = { "dapi-1": ANSWER, "dapi-2": DEAD.get("403 JSON") ?? ANSWER };
  await using workspace = startRawUpstream(byToken(answers));
  await using proxy = await startProxy({ upstream: workspace.origin });
  await proxy.rotator.publish(2, "dapi-2");
  proxy.rotator.say({ type: "drain", number: 1 });
  await until("nothing of before is in use", () => proxy.rotator.count("drained") === 1);
  onRejected(proxy, () => proxy.rotator.announce(3, "dapi-2"));
  const response = await proxy.post(PATH, "{}");
  await response.body?.cancel();
  assert.equal(response.status, 403);
  assert.deepEqual(workspace.requests.map(tokenOf), ["dapi-2", "dapi-2"]);
});

Deno.test("a dead token in the profile costs a request no replay: the one before serves on", async () => {
  const dead = DEAD.get("403 JSON") ?? ANSWER;
  const answers = { "dapi-1": dead, "dapi-pasted": dead, "dapi-2": ANSWER };
  await using workspace = startRawUpstream(byToken(answers));
  await using proxy = await startProxy({ upstream: workspace.origin });
  await Deno.writeTextFile(proxy.profileFile, "[DEFAULT]\ntoken = dapi-pasted\n");
  onRejected(proxy, () => {
    if (proxy.rotator.count("rejected") === 2) proxy.rotator.announce(2, "dapi-2");
  });
  const response = await proxy.post(PATH, "{}");
  assert.equal(await response.text(), "fine");
  assert.deepEqual(workspace.requests.map(tokenOf), ["dapi-pasted", "dapi-1", "dapi-2"]);
  assert.equal(proxy.proxy.stats().rescues, 1);
});

Deno.test("a token that this clock alone calls expired is sent when no other comes", async () => {
  const dead = DEAD.get("403 JSON") ?? ANSWER;
  await using workspace = startRawUpstream(byToken({ "dapi-1": ANSWER, "dapi-2": dead }));
  await using proxy = await startProxy({ upstream: workspace.origin, token: null });
  const lastFailure = "The workspace does not answer";
  proxy.rotator.onHeard = ({ type }) => {
    if (type === "needed") proxy.rotator.tell({ state: "retrying", lastFailure });
  };
  await proxy.rotator.publish(1, "dapi-1", { expiresAt: Date.now() - 3_600_000 });
  assert.equal(await (await proxy.post(PATH, "{}")).text(), "fine", "the clock was wrong");
  await proxy.rotator.publish(2, "dapi-2", { expiresAt: Date.now() - 3_600_000 });
  for (let turn = 0; turn < 2; turn++) {
    const response = await proxy.post(PATH, "{}");
    assert.equal(response.status, 503);
    const { error } = await response.json();
    assert.equal(error.message, `${lastFailure}; another try follows`);
  }
  assert.deepEqual(workspace.requests.map(tokenOf), ["dapi-1", "dapi-2"], "dead is dead");
});

Deno.test("a token that another process writes into the profile serves the next request", async () => {
  await using workspace = startRawUpstream(ANSWER);
  await using proxy = await startProxy({ upstream: workspace.origin });
  for (const token of ["dapi-other", "dapi-another"]) {
    await Deno.writeTextFile(proxy.profileFile, `[DEFAULT]\ntoken = ${token}\n`);
    await (await proxy.post(PATH, "{}")).body?.cancel();
    assert.equal(tokenOf(workspace.requests.at(-1)), token);
  }
  // A file that goes back to what is known to be old brings nothing back.
  await Deno.writeTextFile(proxy.profileFile, "[DEFAULT]\ntoken = dapi-1\n");
  await (await proxy.post(PATH, "{}")).body?.cancel();
  assert.equal(tokenOf(workspace.requests.at(-1)), "dapi-another");
  // Nor does one that is half written, or gone.
  await Deno.writeTextFile(proxy.profileFile, "[DEF");
  await (await proxy.post(PATH, "{}")).body?.cancel();
  await Deno.remove(proxy.profileFile);
  await (await proxy.post(PATH, "{}")).body?.cancel();
  assert.equal(tokenOf(workspace.requests.at(-1)), "dapi-another");
});

Deno.test("defect 19: a token close to its expiry is not sent any more", async () => {
  await using workspace = startRawUpstream(ANSWER);
  await using proxy = await startProxy({
    upstream: workspace.origin,
    token: null,
    config: { marginMs: 60_000 },
  });
  await proxy.rotator.publish(1, "dapi-1", { expiresAt: Date.now() + 30_000 });
  const call = proxy.post(PATH, "{}");
  await until("the rotator is asked", () => proxy.rotator.count("needed") === 1);
  await proxy.rotator.publish(2, "dapi-2", { expiresAt: Date.now() + 900_000 });
  assert.equal(await (await call).text(), "fine");
  assert.deepEqual(workspace.requests.map(tokenOf), ["dapi-2"]);
});

Deno.test("an old generation is drained when its last stream has ended, and not before", async () => {
  const gate = Promise.withResolvers<void>();
  await using workspace = startRawUpstream(async (_, connection) => {
    await connection.send(CHUNKED_HEAD);
    await gate.promise;
    await connection.send(chunk(""));
  });
  await using proxy = await startProxy({ upstream: workspace.origin });
  const old = await proxy.post(PATH, "{}");
  await proxy.rotator.publish(2, "dapi-2");
  proxy.rotator.say({ type: "drain", number: 1 });
  await proxy.rotator.publish(3, "dapi-3");
  // The line keeps its order: an answer to the drain would be here by now.
  assert.equal(proxy.rotator.count("drained"), 0);
  gate.resolve();
  await old.text();
  await until("it is drained", () => proxy.rotator.count("drained") === 1);
  assert.deepEqual(proxy.rotator.heard.at(-1), { type: "drained", number: 1 });
});

const ANSWER = wholeAnswer("fine", { headers: ["content-type: text/plain"] });

/** Answers each token in its own way. */
function byToken(answers: Readonly<Record<string, Answer>>): Answer {
  return (request, connection) => {
    const answer = answers[tokenOf(request)];
    assert(answer, `a token of the test: ${tokenOf(request)}`);
    return answer(request, connection);
  };
}

function tokenOf(request: RawRequest | undefined): string {
  return request === undefined ? "" : (headerOf(request, "authorization") ?? "").slice(7);
}

function withoutToken(request: RawRequest): RawRequest {
  const headers = request.headers.filter(([name]) => name.toLowerCase() !== "authorization");
  return { ...request, headers };
}

function onRejected(proxy: ProxyFixture, act: () => void): void {
  proxy.rotator.onHeard = ({ type }) => {
    if (type === "rejected") act();
  };
}

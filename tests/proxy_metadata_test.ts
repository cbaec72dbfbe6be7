/** The metadata service as the Databricks SDKs call it, and what everybody else is told. */

import assert from "node:assert/strict";
import { type LogOptions, startLog } from "../support/log.ts";
import { CAPABILITY, type ProxyFixture, startProxy } from "./support/proxy_fixture.ts";
import { exchangeRaw, rawRequest } from "./support/raw_client.ts";
import { startRawUpstream, wholeAnswer } from "./support/raw_upstream.ts";
import { until } from "./support/until.ts";

const PATH = `/metadata/${CAPABILITY}`;
const VERSION = { "x-databricks-metadata-version": "1" };

function ask(proxy: ProxyFixture, headers: Record<string, string> = VERSION, path = PATH) {
  return proxy.call(path, { headers });
}

/** What is given, and the span of time in which it was. */
async function give(proxy: ProxyFixture) {
  const askedAt = Date.now();
  const { access_token: token, expires_on: expiresOn } = await (await ask(proxy)).json();
  assert(Number.isInteger(expiresOn), "whole seconds, and no text");
  return { token, expiresOn, askedAt, givenAt: Date.now() };
}

Deno.test("the metadata service gives a token in the form that the SDKs read, and no more", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin, token: null });
  await proxy.rotator.publish(1, "dapi-1", { expiresAt: Date.now() + 900_000 });
  const { port, hostname } = new URL(workspace.origin);
  for (
    const host of [
      workspace.origin,
      `${workspace.origin}/`,
      `${workspace.origin}/?o=123`,
      workspace.origin.toUpperCase(),
      `${hostname}:${port}`,
      `${hostname}:${port}/`,
      null,
    ]
  ) {
    const headers = host === null ? VERSION : { ...VERSION, "x-databricks-host": host };
    const response = await ask(proxy, headers);
    assert.equal(response.status, 200, String(host));
    assert.equal(response.headers.get("content-type"), "application/json");
    assert.equal(response.headers.get("cache-control"), "no-store");
    assert.match(
      await response.text(),
      /^\{"access_token":"dapi-1","token_type":"Bearer","expires_on":\d{10}\}$/,
    );
  }
  assert.equal(workspace.connections, 0);
});

Deno.test("the metadata service lets nobody rely on a token for longer than it is sure to live", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  for (
    const [livesForMs, drainTimeoutMs, usedForMs] of [
      [900_000, 120_000, 60_000],
      [900_000, 69_000, 59_000],
      [900_000, 30_000, 20_000],
      [900_000, 0, 0],
      // Its expiry is unknown.
      [null, 120_000, 60_000],
      [null, 0, 60_000],
    ] as const
  ) {
    const config = { drainTimeoutMs };
    await using proxy = await startProxy({ upstream: workspace.origin, token: null, config });
    const expiresAt = livesForMs === null ? null : Date.now() + livesForMs;
    await proxy.rotator.publish(1, "dapi-1", { expiresAt });
    const { expiresOn, askedAt, givenAt } = await give(proxy);
    const seconds = (ms: number) => Math.floor((ms + usedForMs) / 1_000);
    const what = JSON.stringify([livesForMs, drainTimeoutMs]);
    assert(expiresOn >= seconds(askedAt) && expiresOn <= seconds(givenAt), what);
  }
});

Deno.test("the metadata service ends a hand-out when Keyturn itself would stop using the token", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  const config = { marginMs: 10_000 };
  await using proxy = await startProxy({ upstream: workspace.origin, token: null, config });
  const expiresAt = Date.now() + 60_000;
  await proxy.rotator.publish(1, "dapi-1", { expiresAt });
  assert.equal((await give(proxy)).expiresOn, Math.floor((expiresAt - 10_000) / 1_000));
});

Deno.test("a token that a rotation has just written is handed out when its end is known", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  const config = { marginMs: 10_000 };
  await using proxy = await startProxy({ upstream: workspace.origin, config });
  await Deno.writeTextFile(proxy.profileFile, "[DEFAULT]\ntoken = dapi-2\n");
  const given = give(proxy);
  await until("the rotator is asked", () => proxy.rotator.count("needed") > 0);
  const expiresAt = Date.now() + 20_000;
  await proxy.rotator.publish(2, "dapi-2", { expiresAt });
  const { token, expiresOn } = await given;
  assert.deepEqual([token, expiresOn], ["dapi-2", Math.floor((expiresAt - 10_000) / 1_000)]);
});

Deno.test("a hand-out is a use of its generation, and no request in flight", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  let elapsed = 0;
  await using proxy = await startProxy({ upstream: workspace.origin, elapsed: () => elapsed });
  assert.equal((await give(proxy)).token, "dapi-1");
  assert.equal(proxy.proxy.stats().inFlight, 0);
  await proxy.rotator.publish(2, "dapi-2");
  assert.equal((await give(proxy)).token, "dapi-2");
  proxy.rotator.say({ type: "drain", number: 0 });
  proxy.rotator.say({ type: "drain", number: 1 });
  proxy.rotator.say({ type: "drain", number: 2 });
  await until("nothing of before is in use", () => proxy.rotator.count("drained") === 1);
  elapsed = 70_000;
  await until("both are drained", () => proxy.rotator.count("drained") === 3);
});

Deno.test("who is given a token uses the credential: it is not left to grow old", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin });
  const operator = { authorization: `Bearer ${proxy.keys.operator}` };
  await (await ask(proxy, VERSION, `${PATH}x`)).body?.cancel();
  await (await proxy.call("/keyturn/status", { headers: operator })).body?.cancel();
  const { askedAt } = await give(proxy);
  const told = await until(
    "the rotator is told",
    () => proxy.rotator.heard.find((message) => message.type === "active"),
  );
  assert(told.at >= askedAt, "of this, and not of what came before it");
  await using other = await startProxy({ upstream: workspace.origin });
  const headers = { authorization: `Bearer ${other.keys.operator}` };
  await (await other.call("/keyturn/token", { method: "POST", headers })).body?.cancel();
  await until("the rotator is told", () => other.rotator.count("active") === 1);
});

Deno.test("the metadata service tells those who know its URL what is wrong, as JSON without a token", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin, token: "dapi-canary" });
  const there = { "x-databricks-host": workspace.origin };
  for (
    const [status, headers, message] of [
      [400, there, /^X-Databricks-Metadata-Version must be 1$/],
      [400, { ...there, "x-databricks-metadata-version": "2" }, /must be 1/],
      [400, { ...there, "x-databricks-metadata-version": "1, 1" }, /must be 1/],
      [404, { ...VERSION, "x-databricks-host": "https://other.example" }, /DATABRICKS_HOST/],
      [404, { ...VERSION, "x-databricks-host": workspace.origin.replace("p:", "ps:") }, /_HOST/],
      [404, { ...VERSION, "x-databricks-host": "127.0.0.1" }, /DATABRICKS_HOST/],
      [404, { ...VERSION, "x-databricks-host": "" }, /DATABRICKS_HOST/],
      [404, { ...VERSION, "x-databricks-host": "::" }, /DATABRICKS_HOST/],
    ] as const
  ) {
    const response = await ask(proxy, headers);
    assert.equal(response.status, status, JSON.stringify(headers));
    assert.equal(response.headers.get("content-type"), "application/json");
    const body = await response.json();
    assert.deepEqual(Object.keys(body), ["error"]);
    assert.match(body.error.message, message);
    assert.doesNotMatch(JSON.stringify(body), /dapi/);
  }
});

Deno.test("who does not know the metadata URL cannot tell a near miss from anything else", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin, token: "dapi-canary" });
  const other = { ...VERSION, "x-databricks-host": "https://other.example" };
  const answers = new Set<string>();
  for (
    const [path, headers] of [
      [PATH, other],
      [`${PATH}x`, VERSION],
      [PATH.slice(0, -1), VERSION],
      [`/metadata/${CAPABILITY.toUpperCase()}`, VERSION],
      [`/metadata/${CAPABILITY.toUpperCase()}`, {}],
      ["/metadata/a", other],
      ["/metadata/a", { ...VERSION, authorization: `Bearer ${proxy.keys.operator}` }],
    ] as const
  ) {
    const response = await ask(proxy, headers, path);
    const said = [...response.headers].filter(([name]) => name !== "date");
    answers.add(JSON.stringify([response.status, said, await response.text()]));
  }
  assert.equal(answers.size, 1, [...answers].join("\n"));
  for (const path of ["/metadata", "/metadata/", `${PATH}/x`]) {
    const response = await ask(proxy, { ...VERSION, "x-api-key": proxy.keys.pi }, path);
    assert.equal(response.status, 404, path);
    await response.body?.cancel();
  }
});

Deno.test("the metadata service answers GET and nothing else, whatever the URL", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin, token: "dapi-canary" });
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"]) {
    const answers = await Promise.all([PATH, `${PATH}x`].map(async (path) => {
      const response = await proxy.call(path, { method, headers: VERSION });
      return [response.status, await response.text()] as const;
    }));
    assert.deepEqual(answers[0], answers[1], method);
    assert.equal(answers[0]?.[0], 404, method);
    assert.match(answers[0]?.[1] ?? "", /answers GET/);
  }
  const host = `Host: 127.0.0.1:${proxy.port}`;
  const headers = [host, "X-Databricks-Metadata-Version: 1"];
  const head = await exchangeRaw(proxy, rawRequest(`HEAD ${PATH}`, { headers }));
  assert.equal(head.status, 404);
  assert.equal(head.rest.length, 0);
});

Deno.test("a metadata service without a credential says so in time for the SDKs to read it", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  for (
    const [state, status, retryAfter] of [["retrying", 503, "5"], ["lost", 401, null]] as const
  ) {
    await using proxy = await startProxy({ upstream: workspace.origin, token: null });
    proxy.rotator.onHeard = ({ type }) => {
      if (type === "needed") proxy.rotator.tell({ state, lastFailure: "PATs are switched off" });
    };
    const response = await ask(proxy);
    assert.equal(response.status, status);
    assert.equal(response.headers.get("retry-after"), retryAfter);
    assert.match((await response.json()).error.message, /^PATs are switched off/);
  }
});

Deno.test("the log says why an SDK was sent away, which the SDK does not say, and seldom", async () => {
  const lines = logInto({ level: "info" });
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin });
  const other = { ...VERSION, "x-databricks-host": "https://other.example" };
  for (let turn = 0; turn < 3; turn++) await (await ask(proxy, other)).body?.cancel();
  const events = lines.map((line) => JSON.parse(line));
  assert.deepEqual(events.map(({ level, room, event }) => [level, room, event]), [
    ["warn", "proxy", "metadata-refused"],
  ]);
  assert.match(events[0].reason, /new after each start/);
  assert.doesNotMatch(lines.join(), new RegExp(`${CAPABILITY}|other\\.example`));
});

Deno.test("the metadata URL names a host that every SDK takes", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  for (
    const [hostname, name] of [
      ["127.0.0.1", "127.0.0.1"],
      ["0.0.0.0", "127.0.0.1"],
      ["::", "127.0.0.1"],
      // Those for Go and JavaScript refuse an address in brackets.
      ["::1", "localhost"],
      ["localhost", "localhost"],
    ] as const
  ) {
    await using proxy = await startProxy({ upstream: workspace.origin, config: { hostname } });
    const headers = { authorization: `Bearer ${proxy.keys.operator}` };
    const { metadataUrl } = await (await proxy.call("/keyturn/status", { headers })).json();
    assert.equal(metadataUrl, `http://${name}:${proxy.port}${PATH}`);
  }
});

function logInto(options: Pick<LogOptions, "level">): string[] {
  const lines: string[] = [];
  startLog({ format: "json", color: "plain", ...options }, { write: (line) => lines.push(line) });
  return lines;
}

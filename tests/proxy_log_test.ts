/** What the proxy writes about a request: one line at level debug, and nothing that is secret. */

import assert from "node:assert/strict";
import { type LogOptions, startLog } from "../support/log.ts";
import { Secret, tokenIdOf } from "../workspace/credential.ts";
import { startProxy } from "./support/proxy_fixture.ts";
import { startRawUpstream, wholeAnswer } from "./support/raw_upstream.ts";

const PROMPT = "a prompt of the user";

Deno.test("each request is one line at level debug, without what could be secret", async () => {
  const lines = logInto({ level: "debug" });
  await using workspace = startRawUpstream(wholeAnswer("an answer of the model"));
  await using proxy = await startProxy({
    upstream: workspace.origin,
    token: "dapi-canary",
    config: { log: { level: "debug", format: "json", color: "plain" } },
  });
  const { pi } = proxy.keys;
  await (await proxy.post(`/gemini/v1beta/models/m:generateContent?key=${pi}`, PROMPT)).text();
  await (await proxy.call(`/${pi}/messages?key=${pi}`)).body?.cancel();
  await (await proxy.call("/health", { headers: {} })).body?.cancel();
  const events = lines.map((line) => JSON.parse(line)).filter(({ event }) => event === "request");
  assert.deepEqual(
    events.map(({ time: _time, durationMs, ...rest }) => ({ ...rest, d: typeof durationMs })),
    [
      {
        level: "debug",
        room: "proxy",
        event: "request",
        method: "POST",
        dialect: "gemini",
        status: 200,
        caller: "pi",
        generation: 1,
        d: "number",
      },
      {
        level: "debug",
        room: "proxy",
        event: "request",
        method: "GET",
        dialect: "anthropic",
        status: 404,
        caller: "pi",
        generation: null,
        d: "number",
      },
      {
        level: "debug",
        room: "proxy",
        event: "request",
        method: "GET",
        dialect: "chat",
        status: 200,
        caller: null,
        generation: null,
        d: "number",
      },
    ],
  );
  for (const secret of [pi, "dapi-canary", PROMPT, "answer of the model", "/messages"]) {
    assert(!lines.join("\n").includes(secret), `${secret} is in no line`);
  }
});

Deno.test("at level info a request that goes well writes nothing", async () => {
  const lines = logInto({ level: "info" });
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({
    upstream: workspace.origin,
    config: { log: { level: "info", format: "json", color: "plain" } },
  });
  await (await proxy.post("/v1/messages", PROMPT)).body?.cancel();
  assert.deepEqual(lines, []);
});

Deno.test("a refused token and a failed upstream are told by id and kind alone", async () => {
  const lines = logInto({ level: "info" });
  await using workspace = startRawUpstream(async ({ target }, connection) => {
    if (target.endsWith("?broken")) return connection.close();
    await connection.send("HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n");
  });
  await using proxy = await startProxy({ upstream: workspace.origin, token: "dapi-canary" });
  proxy.rotator.onHeard = ({ type }) => {
    if (type === "needed") proxy.rotator.tell({ state: "lost", lastFailure: "gone" });
  };
  await (await proxy.post("/v1/messages?broken", PROMPT)).body?.cancel();
  await (await proxy.post("/v1/messages", PROMPT)).body?.cancel();
  const events = lines.map((line) => JSON.parse(line)).map(({ time: _time, ...rest }) => rest);
  assert.deepEqual(events, [
    { level: "warn", room: "proxy", event: "upstream-failed", end: "broken" },
    {
      level: "warn",
      room: "proxy",
      event: "token-rejected",
      tokenId: tokenIdOf(new Secret("dapi-canary")),
      generation: 1,
    },
  ]);
  assert(!lines.join("\n").includes("dapi-canary"));
});

function logInto({ level }: Pick<LogOptions, "level">): string[] {
  const lines: string[] = [];
  startLog({ level, format: "json", color: "plain" }, { write: (line) => lines.push(line) });
  return lines;
}

/** Tools and their calls between callers and endpoints that name and sign them otherwise. */

import assert from "node:assert/strict";
import type { JsonObject } from "../proxy/repairs/json.ts";
import { takenName } from "../proxy/repairs/names/tool_names.ts";
import { utf8 } from "./support/bytes.ts";
import { startProxy } from "./support/proxy_fixture.ts";
import {
  type Answer,
  chunk,
  CHUNKED_HEAD,
  type RawRequest,
  startRawUpstream,
  wholeAnswer,
} from "./support/raw_upstream.ts";

const GEMINI = "/gemini/v1beta/models/databricks-gemini-3-pro:streamGenerateContent?alt=sse";
const JSON_HEADERS = ["content-type: application/json"];

function jsonOf(request: RawRequest | undefined): JsonObject {
  return JSON.parse(new TextDecoder().decode(request?.body));
}

function streaming(...events: readonly JsonObject[]): Answer {
  return async (_, connection) => {
    await connection.send(CHUNKED_HEAD);
    for (const event of events) {
      await connection.send(chunk(`data: ${JSON.stringify(event)}\n\n`));
    }
    await connection.send(chunk(""));
  };
}

const whole = (body: JsonObject): Answer =>
  wholeAnswer(utf8(JSON.stringify(body)), { headers: JSON_HEADERS });

Deno.test("a call of Gemini's that a caller plays back unsigned is signed as it was", async () => {
  const call = { functionCall: { name: "ls", args: { path: "/", all: true } } };
  const signed = { ...call, thoughtSignature: "a signature" };
  const content = (part: JsonObject) => ({ role: "model", parts: [part] });
  const event = { candidates: [{ content: content(signed) }] };
  await using workspace = startRawUpstream(streaming(event));
  await using proxy = await startProxy({ upstream: workspace.origin });
  const ask = { role: "user", parts: [{ text: "go" }] };
  const first = await proxy.post(GEMINI, JSON.stringify({ contents: [ask] }));
  assert.equal(await first.text(), `data: ${JSON.stringify(event)}\n\n`, "the answer is untouched");
  const result = { functionResponse: { name: "ls", response: { ok: true } } };
  const contents = [ask, content(call), { role: "user", parts: [result] }];
  const second = await proxy.post(GEMINI, JSON.stringify({ contents }));
  await second.text();
  assert.equal(second.headers.get("x-keyturn-repairs"), "thought-signatures");
  assert.deepEqual(jsonOf(workspace.requests[1]), {
    contents: [ask, content(signed), { role: "user", parts: [result] }],
  });
});

Deno.test("a call of chat's that came signed is played back signed", async () => {
  const call = { id: "call_1", type: "function", function: { name: "ls", arguments: "{}" } };
  const answer = {
    choices: [{
      index: 0,
      message: {
        role: "assistant",
        content: null,
        "tool_calls": [{ ...call, thoughtSignature: "s" }],
      },
      "finish_reason": "tool_calls",
    }],
  };
  await using workspace = startRawUpstream(whole(answer));
  await using proxy = await startProxy({ upstream: workspace.origin });
  const ask = { role: "user", content: "go" };
  const post = async (messages: readonly JsonObject[]) =>
    await (await proxy.post(
      "/v1/chat/completions",
      JSON.stringify({ model: "databricks-gemini-3-pro", messages }),
    )).json();
  assert.deepEqual(await post([ask]), answer);
  await post([
    ask,
    { role: "assistant", content: null, "tool_calls": [call] },
    { role: "tool", "tool_call_id": "call_1", content: "ok" },
  ]);
  const { messages } = jsonOf(workspace.requests[1]) as { messages: readonly JsonObject[] };
  assert.deepEqual(messages[1]?.["tool_calls"], [{ ...call, thoughtSignature: "s" }]);
});

Deno.test("a tool whose name an endpoint refuses is called by that name all the same", async () => {
  const name = "mcp.files/read";
  const other = takenName(name);
  const start = (name: string) => ({
    type: "content_block_start",
    index: 0,
    "content_block": { type: "tool_use", id: "toolu_1", name, input: {} },
  });
  const stop = { type: "message_stop" };
  await using workspace = startRawUpstream(streaming(start(other), stop));
  await using proxy = await startProxy({ upstream: workspace.origin });
  const response = await proxy.post(
    "/v1/messages",
    JSON.stringify({
      model: "databricks-claude-opus-4-8",
      "max_tokens": 9,
      stream: true,
      tools: [{ name, "input_schema": { type: "object" } }],
      messages: [{ role: "user", content: "go" }],
    }),
  );
  assert.equal(response.headers.get("x-keyturn-repairs"), "tool-names");
  const events = (await response.text()).split("\n").filter((line) => line.startsWith("data:"));
  assert.deepEqual(events.map((line) => JSON.parse(line.slice(5))), [start(name), stop]);
  assert.deepEqual(jsonOf(workspace.requests[0])["tools"], [
    { name: other, "input_schema": { type: "object" } },
  ]);
});

Deno.test("REPAIRS_OFF leaves names and signatures as they come, both ways", async () => {
  const event = {
    type: "content_block_start",
    index: 0,
    "content_block": { type: "tool_use", name: "a.b" },
  };
  await using workspace = startRawUpstream(streaming(event));
  await using proxy = await startProxy({
    upstream: workspace.origin,
    config: { repairsOff: ["tool-names", "thought-signatures"] },
  });
  const body = JSON.stringify({ model: "m", tools: [{ name: "a.b" }], messages: [] });
  assert.equal(
    await (await proxy.post("/v1/messages", body)).text(),
    `data: ${JSON.stringify(event)}\n\n`,
  );
  assert.equal(new TextDecoder().decode(workspace.requests[0]?.body), body);
  const contents = [{ role: "model", parts: [{ functionCall: { name: "ls", args: {} } }] }];
  await (await proxy.post(GEMINI, JSON.stringify({ contents }))).text();
  assert.deepEqual(jsonOf(workspace.requests[1])["contents"], [
    ...contents,
    {
      role: "user",
      parts: [{
        functionResponse: {
          name: "ls",
          response: { error: "No result was recorded for this call" },
        },
      }],
    },
  ]);
});

/**
 * Defects of the filter before this one that concern answers and their transport, by their numbers,
 * each as a test that its behaviour fails. Streams are read by `eventsource-parser`, as clients do.
 */

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { createParser } from "eventsource-parser";
import type { Json, JsonObject } from "../proxy/repairs/json.ts";
import { fromLatin1 } from "./support/bytes.ts";
import { callChunk, chunkOf, fragment, opening } from "./support/chat_stream.ts";
import { mendedStream, readChat, type ReadChoice, sseOf } from "./support/chat_stream.ts";
import { startProxy } from "./support/proxy_fixture.ts";
import { chunk, CHUNKED_HEAD, headerOf, startRawUpstream } from "./support/raw_upstream.ts";
import { wholeAnswer } from "./support/raw_upstream.ts";
import { exchangeRaw, rawRequest } from "./support/raw_client.ts";

const NAME = "databricks-tool-call";
const DONE = "data: [DONE]\n\n";
const PATH = "/v1/chat/completions";
const ASKED = '{"model":"databricks-claude-opus-4-8","messages":[],"stream":true}';

/** The data of a stream's events, as a conforming reader has them. */
function dataIn(text: string): readonly string[] {
  const data: string[] = [];
  createParser({
    onEvent: (event) => data.push(event.data),
    onError: (error) => assert.fail(error),
  }).feed(text);
  return data;
}

/** A repaired stream as a client has it in the end. */
function clientOf(events: readonly JsonObject[], end = DONE): ReadonlyMap<number, ReadChoice> {
  const data = dataIn(mendedStream(sseOf(events) + end));
  assert.equal(data.at(-1), "[DONE]", "nothing comes behind the closing mark");
  return readChat(data.slice(0, -1).map((each) => JSON.parse(each)));
}

const RENAMED = [
  callChunk(opening(NAME, "")),
  callChunk(fragment('{"name":"bash",')),
  callChunk(fragment('"c":1}')),
  chunkOf({}, { finish: "stop" }),
];
const BASH = { id: "call_0", name: "bash", args: '{"c":1}' };

Deno.test("defect 1: the arguments of a renamed call are said once", () => {
  assert.deepEqual(clientOf(RENAMED).get(0)?.calls, [BASH]);
  const atOnce = [
    callChunk(opening(NAME, "")),
    callChunk(fragment('{"name":"bash","c":1}')),
    chunkOf({}, { finish: "stop" }),
  ];
  assert.deepEqual(clientOf(atOnce).get(0)?.calls, [BASH]);
});

Deno.test("defect 2: each event has a blank line of its own", () => {
  const text = mendedStream(sseOf(RENAMED) + DONE);
  assert.equal(text.match(/^data: /gm)?.length, text.match(/\n\n/g)?.length);
  for (const data of dataIn(text).slice(0, -1)) JSON.parse(data);
});

Deno.test("defect 3: a call in one chunk is renamed, and said before the finish and [DONE]", () => {
  const events = [
    callChunk(opening(NAME, '{"name":"bash","c":1}')),
    chunkOf({}, { finish: "stop" }),
  ];
  assert.deepEqual(clientOf(events).get(0), { content: "", calls: [BASH], finish: "tool_calls" });
  const finishing = [callChunk(opening(NAME, '{"name":"bash","c":1}'), { finish: "stop" })];
  assert.deepEqual(clientOf(finishing).get(0)?.calls, [BASH]);
  assert.deepEqual(clientOf(events.slice(0, 1)).get(0)?.calls, [BASH], "without a finish as well");
});

Deno.test("defect 4: parallel calls are each renamed, with their own arguments", () => {
  const read = clientOf([
    callChunk(opening(NAME, "", 0)),
    callChunk(opening(NAME, "", 1)),
    callChunk(fragment('{"name":"a","x":0}', 0)),
    callChunk(fragment('{"name":"b","x":1}', 1)),
    chunkOf({}, { finish: "stop" }),
  ]);
  assert.deepEqual(read.get(0)?.calls, [
    { id: "call_0", name: "a", args: '{"x":0}' },
    { id: "call_1", name: "b", args: '{"x":1}' },
  ]);
});

Deno.test("defect 5: a finish is right in a chunk of its own, for real and renamed calls", () => {
  assert.equal(clientOf(RENAMED).get(0)?.finish, "tool_calls");
  const real = [
    callChunk(opening("bash", "")),
    callChunk(fragment('{"c":1}')),
    chunkOf({}, { finish: "stop" }),
  ];
  assert.deepEqual(clientOf(real).get(0), { content: "", calls: [BASH], finish: "tool_calls" });
});

Deno.test("defect 6: nulls in a chunk do not end the stream", () => {
  const nulls: readonly Json[] = [
    ...[null, { "tool_calls": null }, { "tool_calls": [null] }, { role: null, content: null }],
    { "tool_calls": [{ index: 0, function: null }] },
  ];
  for (const delta of nulls) {
    const events = [chunkOf(delta), chunkOf({ content: "on" }), chunkOf({}, { finish: "length" })];
    assert.equal(clientOf(events).get(0)?.content, "on");
  }
  const odd: readonly JsonObject[] = [{ choices: null }, { choices: [] }, { choices: [{}] }, {}];
  for (const event of odd) {
    assert.equal(dataIn(mendedStream(sseOf([event, { n: 1 }]))).at(-1), '{"n":1}');
  }
});

Deno.test("defect 7: an event of ours is one of the stream, for the choice that it is about", () => {
  const events = [
    callChunk(opening(NAME, '{"name":"a",'), { choice: 0 }),
    callChunk(opening(NAME, '{"name":"b",'), { choice: 1 }),
    callChunk(fragment('"x":0}'), { choice: 0 }),
    callChunk(fragment('"x":1}'), { choice: 1 }),
    chunkOf({}, { index: 0, finish: "stop" }),
    chunkOf({}, { index: 1, finish: "stop" }),
  ];
  const read = clientOf(events);
  assert.deepEqual(read.get(0)?.calls, [{ id: "call_0", name: "a", args: '{"x":0}' }]);
  assert.deepEqual(read.get(1)?.calls, [{ id: "call_0", name: "b", args: '{"x":1}' }]);
  for (const data of dataIn(mendedStream(sseOf(events)))) {
    const { id, object, created, model, choices } = JSON.parse(data);
    const { choices: _, ...envelope } = chunkOf({});
    assert.deepEqual({ id, object, created, model }, envelope);
    assert.equal(typeof choices[0].index, "number");
  }
});

Deno.test("defect 8: no blank line is left of what is held back, and data needs no space", () => {
  assert.doesNotMatch(mendedStream(sseOf(RENAMED) + DONE), /\n\n\n|^\n/);
  const tight = sseOf(RENAMED).replaceAll("data: ", "data:") + "data:[DONE]\n\n";
  const data = dataIn(mendedStream(tight));
  assert.equal(data.at(-1), "[DONE]");
  assert.deepEqual(readChat(data.slice(0, -1).map((each) => JSON.parse(each))).get(0)?.calls, [
    BASH,
  ]);
});

Deno.test("defect 9: events come as they are made, together in as few pieces as they came in", async () => {
  const gate = Promise.withResolvers<void>();
  await using workspace = startRawUpstream(async (request, connection) => {
    assert.equal(headerOf(request, "accept-encoding"), "identity", "nothing has to be unpacked");
    await connection.send(CHUNKED_HEAD);
    await connection.send(chunk(sseOf([chunkOf(null), chunkOf(null), chunkOf({ content: "x" })])));
    await gate.promise;
    await connection.send(chunk(""));
  });
  await using proxy = await startProxy({ upstream: workspace.origin });
  const reader = (await proxy.post(PATH, ASKED)).body?.getReader();
  const { value } = await reader?.read() ?? {};
  assert.equal(
    new TextDecoder().decode(value),
    sseOf([chunkOf({}), chunkOf({}), chunkOf({ content: "x" })]),
  );
  gate.resolve();
  assert((await reader?.read())?.done);
});

Deno.test("defect 9: an answer that nobody has to read is not held back, however long", async () => {
  const gate = Promise.withResolvers<void>();
  await using workspace = startRawUpstream(async (_, connection) => {
    await connection.send(CHUNKED_HEAD.replace("text/event-stream", "application/json"));
    await connection.send(chunk('{"a":'));
    await gate.promise;
    await connection.send(chunk("1}"));
    await connection.send(chunk(""));
  });
  await using proxy = await startProxy({ upstream: workspace.origin });
  const reader = (await proxy.post("/openai/v1/responses", "{}")).body?.getReader();
  assert.equal(new TextDecoder().decode((await reader?.read())?.value), '{"a":');
  gate.resolve();
  await reader?.read();
  assert((await reader?.read())?.done);
});

Deno.test("defect 10: the answer is HTTP/1.1, and connections are kept on both sides", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin });
  for (let count = 0; count < 3; count++) await (await proxy.post(PATH, "{}")).text();
  assert.equal(workspace.requests.length, 3);
  assert.equal(workspace.connections, 1);
  const { head } = await exchangeRaw(
    proxy,
    rawRequest(`POST ${PATH}`, {
      headers: [
        `Host: 127.0.0.1:${proxy.port}`,
        `X-Api-Key: ${proxy.keys.pi}`,
        "Content-Length: 2",
      ],
      body: "{}",
    }),
  );
  assert.match(head, /^HTTP\/1\.1 200/);
});

Deno.test("defect 11: text is UTF-8, and only line ends end lines", () => {
  const content = "✓ café → │ ─ 😀 \u2028 \u2029 \u0085 \v \f";
  const events = [chunkOf({ content }), chunkOf({ content: [{ type: "text", text: content }] })];
  assert.equal(clientOf(events).get(0)?.content, content + content);
  assert.equal(mendedStream(sseOf(events.slice(0, 1))), sseOf(events.slice(0, 1)));
});

Deno.test("defect 16: what is compressed all the same says so, and is not taken for text", async () => {
  const body = gzipSync(sseOf(RENAMED) + DONE);
  const headers = ["content-type: text/event-stream", "content-encoding: gzip"];
  await using workspace = startRawUpstream(wholeAnswer(new Uint8Array(body), { headers }));
  await using proxy = await startProxy({ upstream: workspace.origin });
  const { head, rest } = await exchangeRaw(
    proxy,
    rawRequest(`POST ${PATH}`, {
      headers: [
        `Host: 127.0.0.1:${proxy.port}`,
        `X-Api-Key: ${proxy.keys.pi}`,
        `Content-Length: ${ASKED.length}`,
      ],
      body: ASKED,
    }),
  );
  assert.match(head, /content-encoding: gzip/i);
  assert.match(head, new RegExp(`content-length: ${body.length}`, "i"));
  assert(fromLatin1(rest).includes(fromLatin1(new Uint8Array(body))));
});

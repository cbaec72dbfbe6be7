/** Answers that clients cannot read arrive so that they can, streamed or whole. */

import assert from "node:assert/strict";
import { createParser } from "eventsource-parser";
import type { Json, JsonObject } from "../proxy/repairs/json.ts";
import { joined, utf8 } from "./support/bytes.ts";
import { callChunk, chunkOf, fragment, opening, readChat } from "./support/chat_stream.ts";
import { startProxy } from "./support/proxy_fixture.ts";
import {
  type Answer,
  chunk,
  CHUNKED_HEAD,
  startRawUpstream,
  wholeAnswer,
} from "./support/raw_upstream.ts";

const PATH = "/v1/chat/completions";
const ASKED = '{"model":"databricks-claude-opus-4-8","messages":[]}';
const REPAIRS = "databricks-tool-call";

const CALLING = [
  chunkOf({ role: "assistant", content: "✓ café" }),
  callChunk(opening("databricks-tool-call", "")),
  callChunk(fragment('{"name":"bash",')),
  callChunk(fragment('"c":"─ 😀"}')),
  chunkOf({}, { finish: "stop" }),
];

const sse = (events: readonly (JsonObject | string)[]) =>
  utf8(
    events.map((event) =>
      `data: ${typeof event === "string" ? event : JSON.stringify(event)}\r\n\r\n`
    ).join(""),
  );

/** An upstream that streams these pieces, a chunk each. */
function streaming(pieces: readonly Uint8Array[]): Answer {
  return async (_, connection) => {
    await connection.send(CHUNKED_HEAD);
    for (const piece of pieces) await connection.send(chunk(piece));
    await connection.send(chunk(""));
  };
}

function eventsIn(text: string): readonly Json[] {
  const found: string[] = [];
  createParser({ onEvent: ({ data }) => found.push(data) }).feed(text);
  assert.equal(found.at(-1), "[DONE]");
  return found.slice(0, -1).map((data) => JSON.parse(data));
}

const countsOf = (stats: { repairs: readonly { repair: string; count: number }[] }) =>
  Object.fromEntries(stats.repairs.map(({ repair, count }) => [repair, count]));

Deno.test("a stream that was split in any place is repaired alike", async () => {
  const bytes = sse([...CALLING, "[DONE]"]);
  let cut = 0;
  await using workspace = startRawUpstream((request, connection) =>
    streaming([bytes.slice(0, cut), bytes.slice(cut)].filter(({ length }) => length > 0))(
      request,
      connection,
    )
  );
  await using proxy = await startProxy({ upstream: workspace.origin });
  const whole = await (await proxy.post(PATH, ASKED)).text();
  assert.deepEqual(readChat(eventsIn(whole)).get(0), {
    content: "✓ café",
    calls: [{ id: "call_0", name: "bash", args: '{"c":"─ 😀"}' }],
    finish: "tool_calls",
  });
  // Each place near a letter of several bytes or a line end, and some of the others.
  for (cut = 1; cut < bytes.length; cut++) {
    const isOdd = [cut - 1, cut].some((at) => (bytes[at] ?? 0) > 127 || (bytes[at] ?? 0) < 32);
    if (!isOdd && cut % 29 !== 0) continue;
    assert.equal(await (await proxy.post(PATH, ASKED)).text(), whole, `cut at ${cut}`);
  }
});

Deno.test("a stream in pieces of one byte is repaired, each event as it comes", async () => {
  const bytes = sse([...CALLING, "[DONE]"]);
  await using workspace = startRawUpstream(streaming([...bytes].map((b) => new Uint8Array([b]))));
  await using proxy = await startProxy({ upstream: workspace.origin });
  const text = await (await proxy.post(PATH, ASKED)).text();
  assert.equal(readChat(eventsIn(text)).get(0)?.calls[0]?.name, "bash");
  const { repairs } = proxy.proxy.stats();
  assert.deepEqual(countsOf({ repairs }), { [REPAIRS]: 1, "finish-reason": 1 });
  assert.equal(repairs[0]?.model, "databricks-claude-opus-4-8");
});

Deno.test("what needs no repair leaves each event at once and in its own bytes", async () => {
  const gates = [0, 1].map(() => Promise.withResolvers<void>());
  const event = (n: number) =>
    `: c\ndata:{ "choices" : [ {"delta":{"content":"${n}"} } ],"n":1.0}\n\n`;
  await using workspace = startRawUpstream(async (_, connection) => {
    await connection.send(CHUNKED_HEAD);
    for (const [index, gate] of gates.entries()) {
      await gate.promise;
      await connection.send(chunk(event(index)));
    }
    await connection.send(chunk(""));
  });
  await using proxy = await startProxy({ upstream: workspace.origin });
  const response = await proxy.post(PATH, ASKED);
  assert(response.body);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (const [index, gate] of gates.entries()) {
    gate.resolve();
    assert.equal((await reader.read()).value, event(index));
  }
  assert((await reader.read()).done);
  assert.deepEqual(proxy.proxy.stats().repairs, []);
});

Deno.test("REPAIRS_OFF and dialects without repairs leave a stream as it came", async () => {
  const bytes = sse([...CALLING, "[DONE]"]);
  const off = ["databricks-tool-call", "finish-reason"];
  await using workspace = startRawUpstream(streaming([bytes]));
  await using proxy = await startProxy({
    upstream: workspace.origin,
    config: { repairsOff: off },
  });
  assert.deepEqual(await (await proxy.post(PATH, ASKED)).bytes(), bytes);
  await using other = await startProxy({ upstream: workspace.origin });
  assert.deepEqual(await (await other.post("/v1/responses", ASKED)).bytes(), bytes);
});

Deno.test("a whole answer is repaired, says so, and has its new length", async () => {
  const before = '{ "id": 12345678901234567890, "choices":[{"message":{"content":[' +
    '{"type":"text","text":"é"}],"tool_calls":[{"id":"x","function":{"name":"f","arguments":""}}]},' +
    '"finish_reason":"stop"}], "n": 1.0 }';
  const after = before.replace('[{"type":"text","text":"é"}]', '"é"')
    .replace('"arguments":""', '"arguments":"{}"').replace('"stop"', '"tool_calls"');
  for (const framing of ["length", "chunked"] as const) {
    await using workspace = startRawUpstream(async (request, connection) => {
      if (framing === "length") {
        const headers = ["content-type: application/json; charset=utf-8", 'etag: "1"'];
        return await wholeAnswer(utf8(before), { headers })(request, connection);
      }
      await connection.send(CHUNKED_HEAD.replace("text/event-stream", "application/json"));
      for (const part of [utf8(before), ""]) await connection.send(chunk(part));
    });
    await using proxy = await startProxy({ upstream: workspace.origin });
    const response = await proxy.post(PATH, ASKED);
    assert.equal(
      response.headers.get("x-keyturn-repairs"),
      "list-content,empty-arguments,finish-reason",
    );
    assert.equal(response.headers.get("content-length"), String(utf8(after).length));
    assert.equal(response.headers.get("etag"), null);
    assert.equal(await response.text(), after);
    assert.equal(proxy.proxy.stats().inFlight, 0);
  }
});

Deno.test("a whole answer that needs no repair, or is no JSON, comes back byte for byte", async () => {
  for (
    const body of [
      '{ "choices": [ {"message":{"content":"x"} ,"finish_reason":"stop"}],"n":1.0 }\n',
      '{"choices":',
      "[1]",
      "",
    ]
  ) {
    await using workspace = startRawUpstream(wholeAnswer(body));
    await using proxy = await startProxy({ upstream: workspace.origin });
    const response = await proxy.post(PATH, ASKED);
    assert.equal(response.headers.get("x-keyturn-repairs"), null);
    assert.equal(response.headers.get("content-length"), String(body.length));
    assert.equal(await response.text(), body);
  }
});

Deno.test("an answer without a body has none, whatever type it says", async () => {
  for (const type of ["application/json", "text/event-stream"]) {
    for (const status of ["204 No Content", "304 Not Modified"]) {
      await using workspace = startRawUpstream((_, connection) =>
        connection.send(`HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\n\r\n`)
      );
      await using proxy = await startProxy({ upstream: workspace.origin });
      const response = await proxy.post(PATH, ASKED);
      assert.equal(response.status, Number(status.slice(0, 3)));
      assert.equal(await response.text(), "");
    }
  }
});

Deno.test("an error that upstream says in a stream passes in its bytes", async () => {
  const text = 'data: {"error_code":"X", "message":"m"}\n\nevent: error\ndata: {"error": 1.0}\n\n';
  await using workspace = startRawUpstream(streaming([utf8(text)]));
  await using proxy = await startProxy({ upstream: workspace.origin });
  assert.equal(await (await proxy.post(PATH, ASKED)).text(), text);
});

Deno.test("the repairs of the request and of the answer stand in one header", async () => {
  const body = '{"choices":[{"message":{"content":[]}}]}';
  await using workspace = startRawUpstream(wholeAnswer(body));
  await using proxy = await startProxy({ upstream: workspace.origin });
  const response = await proxy.post(
    PATH,
    '{"model":"databricks-claude-opus-4-8","reasoningSummary":"auto"}',
  );
  assert.equal(response.headers.get("x-keyturn-repairs"), "option-leaks,list-content");
  await response.body?.cancel();
});

Deno.test("an event beyond the cap ends the stream with a failure, and says so", async () => {
  await using workspace = startRawUpstream(async (_, connection) => {
    await connection.send(CHUNKED_HEAD);
    await connection.send(chunk(sse([chunkOf({ content: "1" })])));
    await connection.send(chunk("data: "));
    const piece = chunk("x".repeat(1_000_000));
    for (let count = 0; count < 20; count++) await connection.send(piece);
    await connection.left();
  });
  await using proxy = await startProxy({ upstream: workspace.origin });
  await assert.rejects((await proxy.post(PATH, ASKED)).text());
  const { upstreamFailures, inFlight } = proxy.proxy.stats();
  assert.deepEqual({ upstreamFailures, inFlight }, { upstreamFailures: 1, inFlight: 0 });
});

Deno.test("a stream that ends in the middle of an event does not end cleanly", async () => {
  const bytes = joined([sse([chunkOf({ content: "1" })]), utf8('data: {"choi')]);
  await using workspace = startRawUpstream(streaming([bytes]));
  await using proxy = await startProxy({ upstream: workspace.origin });
  const response = await proxy.post(PATH, ASKED);
  await assert.rejects(response.text());
  assert.equal(proxy.proxy.stats().upstreamFailures, 1);
});

Deno.test("a caller that leaves a repaired stream cancels upstream", async () => {
  const left = Promise.withResolvers<void>();
  await using workspace = startRawUpstream(async (_, connection) => {
    await connection.send(CHUNKED_HEAD);
    await connection.send(chunk(sse([chunkOf({ content: "1" })])));
    await connection.left();
    left.resolve();
  });
  await using proxy = await startProxy({ upstream: workspace.origin });
  const reader = (await proxy.post(PATH, ASKED)).body?.getReader();
  await reader?.read();
  await reader?.cancel();
  await left.promise;
  assert.equal(proxy.proxy.stats().inFlight, 0);
});

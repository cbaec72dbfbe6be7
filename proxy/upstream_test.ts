import assert from "node:assert/strict";
import { chunk, CHUNKED_HEAD, startRawUpstream } from "../tests/support/raw_upstream.ts";
import { type Answer as RawAnswer, wholeAnswer } from "../tests/support/raw_upstream.ts";
import { until } from "../tests/support/until.ts";
import type { ExchangeEnd } from "./exchange.ts";
import { Refusal } from "./refusal.ts";
import { createUpstream, type UpstreamAnswer } from "./upstream.ts";
import { Watchdog } from "./watchdog.ts";

interface Scene extends AsyncDisposable {
  readonly caller: AbortController;
  readonly watchdog: Watchdog;
  /** How the exchange ended, once for each time that it was told. */
  readonly ends: ExchangeEnd[];
  send(): Promise<UpstreamAnswer>;
  /** Lets time pass, and the watchdog look. */
  pass(ms: number): void;
}

/** One exchange with an upstream that answers so, on a clock of the test's. */
function makeScene(answer: RawAnswer): Scene {
  const workspace = startRawUpstream(answer);
  const client = Deno.createHttpClient({});
  const caller = new AbortController();
  const ends: ExchangeEnd[] = [];
  let now = 0;
  const watchdog = new Watchdog(100_000, { now: () => now });
  const send = createUpstream({ fetch, client: () => client, watchdog });
  return {
    caller,
    watchdog,
    ends,
    send: () =>
      send({
        method: "POST",
        url: `${workspace.origin}/`,
        headers: [["accept-encoding", "identity"]],
        body: new Uint8Array(),
        signal: caller.signal,
        onEnd: (end) => ends.push(end),
      }),
    pass: (ms) => {
      now += ms;
      watchdog.check();
    },
    [Symbol.asyncDispose]: async () => {
      client.close();
      await workspace[Symbol.asyncDispose]();
    },
  };
}

const SHORT = wholeAnswer("short");
const STREAM: RawAnswer = async (_, connection) => {
  await connection.send(CHUNKED_HEAD);
  await connection.send(chunk("one"));
  await connection.left();
};

async function streamOf(answer: UpstreamAnswer): Promise<ReadableStream<Uint8Array>> {
  const body = await answer.body();
  assert(body instanceof ReadableStream);
  return body;
}

Deno.test("an exchange whose body was read to its end is done, once", async () => {
  await using scene = makeScene(async (_, connection) => {
    await connection.send(CHUNKED_HEAD);
    await connection.send(chunk("one"));
    await connection.send(chunk(""));
  });
  const answer = await scene.send();
  const body = await streamOf(answer);
  assert.deepEqual(scene.ends, []);
  assert.equal(await new Response(body).text(), "one");
  answer.drop();
  scene.caller.abort();
  assert.deepEqual(scene.ends, ["done"]);
  assert.equal(scene.watchdog.size, 0);
});

Deno.test("a short body is one piece, and its exchange done before anybody read it", async () => {
  await using scene = makeScene(SHORT);
  const body = await (await scene.send()).body();
  assert(body instanceof Uint8Array);
  assert.equal(new TextDecoder().decode(body), "short");
  assert.deepEqual(scene.ends, ["done"]);
});

Deno.test("an answer without a body is done at its headers", async () => {
  await using scene = makeScene((_, connection) => connection.send("HTTP/1.1 204 No\r\n\r\n"));
  const answer = await scene.send();
  assert.deepEqual(scene.ends, ["done"]);
  assert.equal(await answer.body(), null);
});

Deno.test("an exchange that is dropped is dropped, even if nobody took its body", async () => {
  await using scene = makeScene(STREAM);
  (await scene.send()).drop();
  assert.deepEqual(scene.ends, ["dropped"]);
  assert.equal(scene.watchdog.size, 0);
});

Deno.test("a caller that leaves ends the exchange, even if nobody took its body", async () => {
  await using scene = makeScene(STREAM);
  const answer = await scene.send();
  scene.caller.abort();
  assert.deepEqual(scene.ends, ["left"]);
  assert.equal(scene.watchdog.size, 0);
  const body = await streamOf(answer);
  await assert.rejects(new Response(body).text());
});

Deno.test("a caller that leaves between the headers and the first read ends the exchange", async () => {
  await using scene = makeScene(STREAM);
  const body = await streamOf(await scene.send());
  await body.cancel();
  assert.deepEqual(scene.ends, ["left"]);
});

Deno.test("a caller that has left before sends nothing", async () => {
  await using scene = makeScene(SHORT);
  scene.caller.abort();
  await assert.rejects(scene.send(), Refusal);
  assert.deepEqual(scene.ends, ["left"]);
  assert.equal(scene.watchdog.size, 0);
});

Deno.test("an upstream that is silent before its headers is a 504", async () => {
  await using scene = makeScene((_, connection) => connection.left());
  const sent = scene.send();
  scene.pass(99_999);
  assert.deepEqual(scene.ends, []);
  scene.pass(1);
  await assert.rejects(sent, (error) => error instanceof Refusal && error.status === 504);
  assert.deepEqual(scene.ends, ["silent"]);
});

Deno.test("an upstream that is silent while it is waited for breaks the stream", async () => {
  await using scene = makeScene(STREAM);
  const reader = (await streamOf(await scene.send())).getReader();
  await reader.read();
  const waiting = reader.read();
  // The stream asks upstream for more a few turns later.
  await new Promise((resolve) => setTimeout(resolve, 0));
  scene.pass(99_999);
  assert.deepEqual(scene.ends, []);
  scene.pass(1);
  await assert.rejects(waiting);
  assert.deepEqual(scene.ends, ["silent"]);
});

Deno.test("a caller that reads slowly is no silence of upstream", async () => {
  await using scene = makeScene(STREAM);
  const reader = (await streamOf(await scene.send())).getReader();
  scene.pass(1_000_000);
  assert.equal(new TextDecoder().decode((await reader.read()).value), "one");
  scene.pass(1_000_000);
  assert.deepEqual(scene.ends, []);
  await reader.cancel();
});

Deno.test("peek() reads all of a body, which is there to be read again", async () => {
  await using scene = makeScene(async (_, connection) => {
    await connection.send(CHUNKED_HEAD);
    for (const part of ["one ", "two", ""]) await connection.send(chunk(part));
  });
  const answer = await scene.send();
  assert.equal(new TextDecoder().decode(await answer.peek(7) ?? undefined), "one two");
  assert.equal(new TextDecoder().decode(await answer.peek(7) ?? undefined), "one two", "again");
  assert.equal(await answer.peek(6), null);
  assert.deepEqual(scene.ends, ["done"]);
  assert.equal(await new Response(await streamOf(answer)).text(), "one two");
});

Deno.test("a short body that was peeked into is there to be read again, in one piece", async () => {
  await using scene = makeScene(SHORT);
  const answer = await scene.send();
  assert.equal(await answer.peek(4), null, "it is longer");
  for (let count = 0; count < 2; count++) {
    assert.equal(new TextDecoder().decode(await answer.peek(5) ?? undefined), "short");
    const body = await answer.body();
    assert(body instanceof Uint8Array);
    assert.equal(new TextDecoder().decode(body), "short");
  }
  assert.deepEqual(scene.ends, ["done"]);
});

Deno.test("a short body that breaks off is an error each time that it is asked for", async () => {
  await using scene = makeScene(async (_, connection) => {
    await connection.send("HTTP/1.1 403 No\r\ncontent-length: 100\r\n\r\n{");
    connection.close();
  });
  const answer = await scene.send();
  await assert.rejects(answer.peek(1_000), Refusal);
  await assert.rejects(answer.peek(1_000), Refusal);
  await assert.rejects(answer.body(), Refusal);
  assert.deepEqual(scene.ends, ["broken"]);
});

Deno.test("next() gives a body piece by piece, what was peeked first", async () => {
  await using scene = makeScene(async (_, connection) => {
    await connection.send(CHUNKED_HEAD);
    for (const part of ["one ", "two", ""]) await connection.send(chunk(part));
  });
  const answer = await scene.send();
  assert.equal(await answer.peek(3), null);
  let text = "";
  for (let piece = await answer.next(); piece !== null; piece = await answer.next()) {
    text += new TextDecoder().decode(piece);
  }
  assert.equal(text, "one two");
  assert.deepEqual(scene.ends, ["done"]);
});

Deno.test("peek() gives up on a body that is longer, which is there to be read whole", async () => {
  await using scene = makeScene(wholeAnswer("x".repeat(200_000)));
  const answer = await scene.send();
  assert.equal(await answer.peek(1_000), null);
  assert.equal((await new Response(await streamOf(answer)).text()).length, 200_000);
  assert.deepEqual(scene.ends, ["done"]);
});

Deno.test("peek() ends when the caller leaves", async () => {
  await using scene = makeScene(STREAM);
  const answer = await scene.send();
  const peeked = answer.peek(1_000);
  scene.caller.abort();
  await assert.rejects(peeked);
  assert.deepEqual(scene.ends, ["left"]);
});

Deno.test("an upstream that breaks off is broken, and its caller told so once", async () => {
  await using scene = makeScene(async (_, connection) => {
    await connection.send(CHUNKED_HEAD);
    await connection.send(chunk("one"));
    connection.close();
  });
  const body = await streamOf(await scene.send());
  await assert.rejects(new Response(body).text());
  await until("it has ended", () => scene.ends.length > 0);
  assert.deepEqual(scene.ends, ["broken"]);
});

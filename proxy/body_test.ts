import assert from "node:assert/strict";
import { type BodyLimits, readBody } from "./body.ts";
import { BodyMemory } from "./body_memory.ts";
import { Refusal } from "./refusal.ts";
import { Watchdog } from "./watchdog.ts";

async function readWithin(
  request: Request,
  maxBytes: number,
  limits: Partial<BodyLimits> = {},
): Promise<Uint8Array> {
  return await readBody(request, request.headers, {
    maxBytes,
    claim: new BodyMemory(100_000_000).claimFor("pi"),
    enterLane: () => Promise.resolve(() => {}),
    rest: () => Promise.resolve(),
    watchdog: new Watchdog(60_000),
    ...limits,
  });
}

function chunked(chunks: readonly string[], end: "closed" | "broken" = "closed"): Request {
  const parts = [...chunks];
  return requestOf((controller) => {
    const part = parts.shift();
    if (part !== undefined) controller.enqueue(new TextEncoder().encode(part));
    else if (end === "closed") close(controller);
    else controller.error(new TypeError("gone"));
  });
}

/** As the server makes them: streams of bytes. */
function requestOf(pull: (controller: ReadableByteStreamController) => void): Request {
  const body = new ReadableStream({ type: "bytes", pull });
  return new Request("http://h/", { method: "POST", body });
}

function close(controller: ReadableByteStreamController): void {
  controller.close();
  controller.byobRequest?.respond(0);
}

async function readText(request: Request, maxBytes: number): Promise<string> {
  return new TextDecoder().decode(await readWithin(request, maxBytes));
}

function refused(status: number): (error: unknown) => boolean {
  return (error) => error instanceof Refusal && error.status === status;
}

Deno.test("readBody() puts chunks together up to the limit", async () => {
  assert.equal(await readText(chunked(["a", "bc", "d"]), 4), "abcd");
  assert.equal(await readText(chunked([]), 4), "");
  assert.equal(await readText(new Request("http://h/", { method: "POST" }), 4), "");
});

Deno.test("readBody() reads a body that is no stream of bytes, up to the limit", async () => {
  const whole = () =>
    new Request("http://h/", {
      method: "POST",
      body: ReadableStream.from(["abcd"])
        .pipeThrough(new TextEncoderStream()),
    });
  assert.equal(await readText(whole(), 4), "abcd");
  await assert.rejects(readWithin(whole(), 3), refused(413));
});

Deno.test("readBody() stops reading at the limit", async () => {
  let read = 0;
  const endless = requestOf((controller) => {
    read++;
    controller.enqueue(new Uint8Array(10));
  });
  await assert.rejects(readWithin(endless, 35), refused(413));
  assert(read <= 5, `it read ${read} chunks`);
});

Deno.test("readBody() believes no length that is not a number", async () => {
  for (const length of ["3, 3", "", " ", "1e3", "0x3", "+3", "-3", "3.0", "NaN"]) {
    const request = new Request("http://h/", { method: "POST", body: "abc" });
    request.headers.set("content-length", length);
    await assert.rejects(readWithin(request, 1_000), refused(400), length);
  }
});

Deno.test("readBody() says that a body ended early", async () => {
  await assert.rejects(readWithin(chunked(["abc"], "broken"), 1_000), refused(400));
});

Deno.test("readBody() lets others come first, again and again, with a body of untold length", async () => {
  const MIB = 1_048_576;
  const sent = crypto.getRandomValues(new Uint8Array(50_000));
  const doings: string[] = [];
  let pieces = 0;
  const long = requestOf((controller) => {
    if (pieces * sent.byteLength > 3.5 * MIB) return close(controller);
    pieces++;
    controller.enqueue(sent.slice());
  });
  const read = await readWithin(long, 10 * MIB, {
    rest: () => Promise.resolve(void doings.push("rest")),
    enterLane: () => {
      doings.push("enter");
      return Promise.resolve(() => void doings.push("leave"));
    },
  });
  assert.deepEqual(doings, ["enter", "rest", "rest", "rest", "leave"]);
  assert.equal(read.byteLength, pieces * sent.byteLength);
  for (let at = 0; at < read.byteLength; at += sent.byteLength) {
    assert(sent.every((byte, index) => read[at + index] === byte), `piece at ${at}`);
  }
});

Deno.test("a body that was given up while it waited for its lane takes no memory when its turn comes", async () => {
  const memory = new BodyMemory(100_000_000);
  const claim = memory.claimFor("pi");
  const lane = Promise.withResolvers<void>();
  const isWaiting = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const watchdog = new Watchdog(0);
  let isCancelled = false;
  const body = new ReadableStream({
    type: "bytes",
    pull: (controller) => controller.enqueue(new Uint8Array(8_192)),
    cancel: () => {
      isCancelled = true;
    },
  });
  const reading = readWithin(new Request("http://h/", { method: "POST", body }), 50_000_000, {
    claim,
    enterLane: async () => {
      isWaiting.resolve();
      await lane.promise;
      return left.resolve;
    },
    watchdog,
  });
  await isWaiting.promise;
  watchdog.check();
  await assert.rejects(reading, refused(408));
  assert(memory.total > 0);
  claim.release();
  lane.resolve();
  await left.promise;
  assert.equal(memory.total, 0);
  assert(isCancelled);
});

import assert from "node:assert/strict";
import { readBody } from "./body.ts";
import { BodyMemory } from "./body_memory.ts";
import { Refusal } from "./refusal.ts";
import { Watchdog } from "./watchdog.ts";

async function readWithin(request: Request, maxBytes: number): Promise<Uint8Array> {
  return await readBody(request, request.headers, {
    maxBytes,
    claim: new BodyMemory(1_000_000).claimFor("pi"),
    enterLane: () => Promise.resolve(() => {}),
    watchdog: new Watchdog(60_000),
  });
}

function chunked(chunks: readonly string[], end: "closed" | "broken" = "closed"): Request {
  const parts = [...chunks];
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const part = parts.shift();
      if (part !== undefined) controller.enqueue(new TextEncoder().encode(part));
      else if (end === "closed") controller.close();
      else controller.error(new TypeError("gone"));
    },
  });
  return new Request("http://h/", { method: "POST", body });
}

async function readText(request: Request, maxBytes: number): Promise<string> {
  return new TextDecoder().decode(await readWithin(request, maxBytes));
}

function refused(status: number): (error: unknown) => boolean {
  return (error) => error instanceof Refusal && error.status === status;
}

Deno.test("readBody() puts chunks together up to the limit", async () => {
  assert.equal(await readText(chunked(["a", "bc", "", "d"]), 4), "abcd");
  assert.equal(await readText(chunked([]), 4), "");
  assert.equal(await readText(new Request("http://h/", { method: "POST" }), 4), "");
});

Deno.test("readBody() stops reading at the limit", async () => {
  let read = 0;
  const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      read++;
      controller.enqueue(new Uint8Array(10));
    },
  });
  const request = new Request("http://h/", { method: "POST", body: endless });
  await assert.rejects(readWithin(request, 35), refused(413));
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

import assert from "node:assert/strict";
import { utf8 } from "../tests/support/bytes.ts";
import type { Dialect } from "../workspace/endpoints.ts";
import { type Passage, relayStream, UnreadPassage } from "./relayed_stream.ts";
import type { UpstreamAnswer } from "./upstream.ts";
import { Watchdog } from "./watchdog.ts";

const SILENCE_MS = 15_000;
const SIGN = ": keep-alive\n\n";

/** An answer that says what the test makes it say. */
class SpokenAnswer implements UpstreamAnswer {
  readonly status = 200;
  readonly headers = new Headers();
  readonly #said = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>(
    undefined,
    { highWaterMark: 100 },
    { highWaterMark: 100 },
  );
  readonly #writer = this.#said.writable.getWriter();
  readonly #reader = this.#said.readable.getReader();
  /** How it was given up. */
  readonly given: string[] = [];

  say(text: string): void {
    this.#writer.write(utf8(text)).catch(() => {});
  }

  end(): void {
    this.#writer.close().catch(() => {});
  }

  breakOff(): void {
    this.#writer.abort(new Error("broken")).catch(() => {});
  }

  async next(): Promise<Uint8Array<ArrayBuffer> | null> {
    const { done, value } = await this.#reader.read();
    return done ? null : value;
  }

  drop(): void {
    this.given.push("dropped");
    this.breakOff();
  }

  leave(): void {
    this.given.push("left");
    this.breakOff();
  }

  body(): never {
    throw new Error("nobody takes the body of a stream in one piece");
  }

  peek(): never {
    throw new Error("nobody peeks into a stream");
  }
}

function makeScene(options: { readonly dialect?: Dialect; readonly passage?: Passage } = {}) {
  const { dialect = "chat", passage = new UnreadPassage() } = options;
  let now = 0;
  const answer = new SpokenAnswer();
  const caller = new AbortController();
  const closing = new AbortController();
  const silence = new Watchdog(SILENCE_MS, { now: () => now });
  const faults: unknown[] = [];
  const pauses: (() => void)[] = [];
  const stream = relayStream(answer, { passage, dialect, signal: caller.signal }, {
    silence,
    onFault: (error) => faults.push(error),
    pause: () => new Promise((resolve) => pauses.push(resolve)),
    closing: closing.signal,
  });
  const reader = stream.pipeThrough(new TextDecoderStream(), { preventCancel: false }).getReader();
  return {
    answer,
    caller,
    closing,
    silence,
    faults,
    pauses,
    reader,
    read: async () => (await reader.read()).value,
    /** Lets all that can happen without time happen, then time pass. */
    pass: async (ms: number) => {
      await new Promise((resolve) => setTimeout(resolve, 0));
      now += ms;
      silence.check();
      await new Promise((resolve) => setTimeout(resolve, 0));
    },
  };
}

Deno.test("a sign of life comes after 15 s without a word, not before, and again", async () => {
  const { answer, read, pass, reader } = makeScene();
  answer.say("data: 1\n\n");
  assert.equal(await read(), "data: 1\n\n");
  const heard: (string | undefined)[] = [];
  for (let count = 1; count <= 3; count++) {
    const next = read().then((value) => heard.push(value));
    await pass(SILENCE_MS - 1);
    assert.equal(heard.length, count - 1);
    await pass(1);
    await next;
  }
  assert.deepEqual(heard, [SIGN, SIGN, SIGN]);
  await reader.cancel();
});

Deno.test("each word begins the wait anew", async () => {
  const { answer, read, pass, reader } = makeScene();
  for (let count = 0; count < 3; count++) {
    const next = read();
    await pass(SILENCE_MS - 1);
    answer.say(`data: ${count}\n\n`);
    assert.equal(await next, `data: ${count}\n\n`);
  }
  await reader.cancel();
});

Deno.test("nothing is said before the stream has begun", async () => {
  const { answer, read, pass, reader } = makeScene();
  const first = read();
  await pass(SILENCE_MS);
  await pass(SILENCE_MS);
  answer.say("data: 1\n\n");
  assert.equal(await first, "data: 1\n\n");
  await reader.cancel();
});

Deno.test("nothing is said inside an event", async () => {
  const { answer, read, pass, reader } = makeScene();
  answer.say("data: 1\n\ndata: 2\n");
  assert.equal(await read(), "data: 1\n\ndata: 2\n");
  const next = read();
  await pass(SILENCE_MS);
  answer.say("\n");
  assert.equal(await next, "\n");
  const sign = read();
  await pass(SILENCE_MS);
  assert.equal(await sign, SIGN);
  await reader.cancel();
});

Deno.test("what a passage holds back is silence to the caller", async () => {
  const held: Passage = {
    isBetweenEvents: true,
    push: (chunk) => chunk.length === 1 ? new Uint8Array() : chunk,
    end: () => ({ bytes: new Uint8Array(), isCut: false }),
  };
  const { answer, read, pass, reader } = makeScene({ passage: held });
  answer.say("data: 1\n\n");
  await read();
  const next = read();
  await pass(SILENCE_MS - 1);
  answer.say("x");
  await pass(1);
  assert.equal(await next, SIGN);
  await reader.cancel();
});

Deno.test("signs of life do not pile up before a caller that does not read", async () => {
  let now = 0;
  const silence = new Watchdog(SILENCE_MS, { now: () => now });
  const answer = new SpokenAnswer();
  const call = {
    passage: new UnreadPassage(),
    dialect: "chat" as const,
    signal: new AbortController().signal,
  };
  const reader = relayStream(answer, call, {
    silence,
    onFault: () => {},
    pause: () => Promise.resolve(),
    closing: new AbortController().signal,
  }).getReader();
  answer.say("data: 1\n\n");
  await reader.read();
  const next = reader.read();
  for (let count = 0; count < 10; count++) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    now += SILENCE_MS;
    silence.check();
  }
  await next;
  answer.say("data: 2\n\n");
  const words = [await reader.read(), await reader.read()].map(({ value }) =>
    new TextDecoder().decode(value)
  );
  assert.deepEqual(words, [SIGN, "data: 2\n\n"]);
  await reader.cancel();
});

Deno.test("a stream is watched no longer than it lasts, however it ends", async () => {
  const ends = {
    done: async ({ answer, read }) => {
      answer.end();
      assert.equal(await read(), undefined);
    },
    broken: async ({ answer, read }) => {
      answer.breakOff();
      await assert.rejects(read());
    },
    cancelled: async ({ reader, answer }) => {
      await reader.cancel();
      assert.deepEqual(answer.given, ["left"]);
    },
    left: ({ caller }) => {
      caller.abort();
      return Promise.resolve();
    },
  } satisfies Record<string, (scene: ReturnType<typeof makeScene>) => Promise<void>>;
  for (const end of Object.values(ends)) {
    const scene = makeScene();
    scene.answer.say("data: 1\n\n");
    await scene.read();
    assert.equal(scene.silence.size, 1);
    await end(scene);
    assert.equal(scene.silence.size, 0);
    assert.deepEqual(scene.faults, []);
  }
});

Deno.test("a caller that has left before is not watched", () => {
  const silence = new Watchdog(SILENCE_MS);
  const call = {
    passage: new UnreadPassage(),
    dialect: "chat",
    signal: AbortSignal.abort(),
  } as const;
  relayStream(new SpokenAnswer(), call, {
    silence,
    onFault: () => {},
    pause: () => Promise.resolve(),
    closing: new AbortController().signal,
  });
  assert.equal(silence.size, 0);
});

Deno.test("a fault in what came is told of, gives upstream up and is no clean end", async () => {
  const failing: Passage = {
    isBetweenEvents: true,
    push: () => {
      throw new RangeError("too long");
    },
    end: () => ({ bytes: new Uint8Array(), isCut: true }),
  };
  for (const how of ["push", "end"] as const) {
    const { answer, read, faults, silence } = makeScene({ passage: failing });
    if (how === "push") answer.say("x");
    else answer.end();
    await assert.rejects(read(), RangeError);
    assert.equal(faults.length, 1);
    assert.deepEqual(answer.given, ["dropped"]);
    assert.equal(silence.size, 0);
  }
});

Deno.test("Gemini's last words come between events only, again and again, before the abort", async () => {
  for (const [said, expected] of [["data: 1\n\n", 5], ["data: 1\n", 0]] as const) {
    const { answer, read, pauses } = makeScene({ dialect: "gemini" });
    answer.say(said);
    await read();
    answer.breakOff();
    for (let time = 0; time < expected; time++) {
      assert.match(await read() ?? "", /^\{"error":\{"code":503,.*\}\n\n$/);
      pauses.shift()?.();
    }
    await assert.rejects(read());
  }
});

Deno.test("when the service ends, Gemini's streams say their last words, and no others are cut", async () => {
  for (const dialect of ["gemini", "chat"] as const) {
    const { answer, closing, read, pauses, reader } = makeScene({ dialect });
    answer.say("data: 1\n\n");
    await read();
    closing.abort();
    if (dialect === "chat") {
      answer.say("data: 2\n\n");
      assert.equal(await read(), "data: 2\n\n");
      assert.deepEqual(answer.given, []);
    } else {
      assert.match(await read() ?? "", /^\{"error":\{"code":503,.*try again/);
      assert.deepEqual(answer.given, ["dropped"]);
    }
    pauses.shift()?.();
    await reader.cancel();
  }
});

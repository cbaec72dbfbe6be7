import assert from "node:assert/strict";
import { createParser } from "eventsource-parser";
import fc from "fast-check";
import { anyCuts, anyStream, cutAt } from "../../tests/support/any_stream.ts";
import { joined, utf8 } from "../../tests/support/bytes.ts";
import type { SseEvent } from "./event.ts";
import { SseReader } from "./reader.ts";

interface Read {
  readonly data: readonly string[];
  readonly events: readonly SseEvent[];
  readonly tail: SseEvent | null;
}

function read(pieces: readonly Uint8Array<ArrayBuffer>[]): Read {
  const reader = new SseReader();
  const events = pieces.flatMap((piece) => reader.push(piece));
  const data = events.map((event) => event.data).filter((data) => data !== null);
  return { data, events, tail: reader.end() };
}

const bytesOf = ({ events, tail }: Read) =>
  joined([...events.map(({ bytes }) => bytes), ...tail === null ? [] : [tail.bytes]]);

Deno.test("any stream in any pieces is the same events, and all of its bytes", () => {
  fc.assert(
    fc.property(
      anyStream().chain((stream) =>
        fc.record({ stream: fc.constant(stream), cuts: anyCuts(stream.bytes.length) })
      ),
      ({ stream, cuts }) => {
        const result = read(cutAt(stream.bytes, cuts));
        assert.deepEqual(result.data, stream.data);
        assert.deepEqual(bytesOf(result), stream.bytes);
        assert.equal(result.tail?.data ?? null, null);
      },
    ),
    { numRuns: 2_000 },
  );
});

Deno.test("a stream in pieces of one byte is the same events", () => {
  fc.assert(fc.property(anyStream(), ({ bytes, data }) => {
    const result = read([...bytes].map((byte) => new Uint8Array([byte])));
    assert.deepEqual(result.data, data);
    assert.deepEqual(bytesOf(result), bytes);
  }));
});

Deno.test("eventsource-parser finds the same events", () => {
  fc.assert(fc.property(anyStream(), ({ bytes, data }) => {
    const found: string[] = [];
    const parser = createParser({ onEvent: ({ data }) => found.push(data) });
    parser.feed(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
    assert.deepEqual(found, data);
  }));
});

Deno.test("a stream that is cut off anywhere gives the events before, and says what is left", () => {
  const bytes = utf8('\uFEFF: hi\n\ndata: {"a":"é"}\r\n\r\nevent: x\rdata:y\r\rdata: last\n\n');
  const whole = read([bytes]).data;
  for (let size = 0; size <= bytes.length; size++) {
    const result = read([bytes.slice(0, size)]);
    assert.deepEqual(result.data, whole.slice(0, result.data.length));
    assert.deepEqual(bytesOf(result), bytes.slice(0, size));
  }
  const { data, tail } = read([bytes.slice(0, -4)]);
  assert.deepEqual(data, ['{"a":"é"}', "y"]);
  assert.equal(tail?.data, "la");
});

Deno.test("a carriage return ends an event without waiting for what follows", () => {
  const reader = new SseReader();
  assert.deepEqual(reader.push(utf8("data: 1\r\n\r")).map(({ data }) => data), ["1"]);
  assert.deepEqual(reader.push(utf8("\ndata: 2\n\n")).map(({ data }) => data), [null, "2"]);
});

Deno.test("an event is known by its lines", () => {
  const [event] = new SseReader().push(
    utf8(": c\r\nevent: e\r\nid:1\r\ndata\r\ndata:  x\r\ndatab: y\r\n\r\n"),
  );
  assert.equal(event?.data, "\n x");
  assert.equal(event?.lineEnd, "\r\n");
  assert.deepEqual(event?.lines().map(({ field, value }) => [field, value]), [
    ["", "c"],
    ["event", "e"],
    ["id", "1"],
    ["data", ""],
    ["data", " x"],
    ["datab", "y"],
  ]);
});

Deno.test("a mark is no part of the first field, and of no other", () => {
  const mark = "\uFEFF";
  assert.deepEqual(read([utf8(`${mark}data: 1\n\n${mark}data: 2\n\ndata: ${mark}3\n\n`)]).data, [
    "1",
    `${mark}3`,
  ]);
  assert.deepEqual(read([utf8(`${mark}\n\ndata: 1\n\n`)]).data, ["1"]);
});

Deno.test("an event of just the allowed size passes, one byte more is an error, in any pieces", () => {
  const event = (size: number) => utf8(`data: ${"x".repeat(size - 8)}\n\n`);
  for (const pieceSize of [1, 7, 64, 1_000]) {
    const push = (bytes: Uint8Array<ArrayBuffer>) => {
      const reader = new SseReader({ maxEventBytes: 100 });
      const cuts = Array.from(
        { length: Math.floor(bytes.length / pieceSize) },
        (_, i) => i * pieceSize,
      );
      return cutAt(bytes, cuts).flatMap((piece) => reader.push(piece)).length;
    };
    assert.equal(push(joined([event(100), event(100), event(100)])), 3);
    assert.throws(() => push(event(101)), /longer than 100 bytes/);
    assert.throws(() => push(event(200).slice(0, 101)), RangeError, "before its end has come");
  }
});

Deno.test("an event is bare if it is one line of data, however that is spelled", () => {
  const isBare = (text: string) => new SseReader().push(utf8(text)).at(-1)?.isBare;
  for (const end of ["\n", "\r\n", "\r"]) {
    assert(isBare(`data:1${end}${end}`));
    assert(isBare(`data: 1${end}${end}`));
    assert(isBare(`data: 0${end}${end}data: 1${end}${end}`));
    assert(!isBare(`:${end}data:1${end}${end}`));
    assert(!isBare(`data:1${end}:${end}${end}`));
    assert(!isBare(`data:1${end}id${end}${end}`));
    assert(!isBare(`data:1${end}data:2${end}${end}`));
    assert(!isBare(`:${end}${end}`));
  }
});

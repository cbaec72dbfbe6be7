import assert from "node:assert/strict";
import { createParser } from "eventsource-parser";
import fc from "fast-check";
import { anyCuts, anyStream, cutAt } from "../../tests/support/any_stream.ts";
import { joined, utf8 } from "../../tests/support/bytes.ts";
import { callChunk, chunkOf, CONTEXT, fragment, opening } from "../../tests/support/chat_stream.ts";
import { readChat } from "../../tests/support/chat_stream.ts";
import { ANSWER_REPAIRS } from "./answer_table.ts";
import { get, isObject, type Json, type JsonObject } from "./json.ts";
import { MachineRow } from "./machine_row.ts";
import { StreamMender } from "./mend_stream.ts";
import type { AnswerMachine, AnswerRepair } from "./repair.ts";

interface Mended {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly text: string;
  readonly isCut: boolean;
  readonly fired: readonly string[];
}

function mend(
  pieces: readonly Uint8Array<ArrayBuffer>[],
  repairs: readonly AnswerRepair[] = ANSWER_REPAIRS,
): Mended {
  const row = new MachineRow(repairs, CONTEXT, { onBug: fail });
  const mender = new StreamMender(row);
  const parts = pieces.map((piece) => mender.push(piece));
  const rest = mender.end();
  const bytes = joined([...parts, rest.bytes]);
  return { bytes, text: decode(bytes), isCut: rest.isCut, fired: row.fired };
}

const mendText = (text: string, repairs?: readonly AnswerRepair[]) => mend([utf8(text)], repairs);
const decode = (bytes: Uint8Array) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
const sse = (events: readonly (JsonObject | string)[], end = "\n") =>
  events.map((event) =>
    `data: ${typeof event === "string" ? event : JSON.stringify(event)}${end}${end}`
  ).join("");

/** What a conforming reader finds. */
function parsed(text: string): readonly { readonly event?: string | undefined; data: string }[] {
  const found: { event?: string | undefined; data: string }[] = [];
  const parser = createParser({ onEvent: ({ event, data }) => found.push({ event, data }) });
  parser.feed(text);
  return found;
}

const jsonOf = (text: string): readonly Json[] =>
  parsed(text).filter(({ data }) => data !== "[DONE]").map(({ data }) => JSON.parse(data));

function fail(error: unknown): never {
  throw error;
}

/** Renames `old` in the data of events. */
function renaming(name: string, rule: (event: JsonObject) => readonly JsonObject[]): AnswerRepair {
  const machine: AnswerMachine = { whole: (body) => body, push: rule, end: () => [] };
  return {
    name,
    summary: "",
    evidence: "",
    dialects: ["chat"],
    serves: () => true,
    begin: () => machine,
  };
}

const CALLING = [
  chunkOf({ role: "assistant", content: "" }),
  callChunk(opening("databricks-tool-call", "")),
  callChunk(fragment('{"name":"ba')),
  callChunk(fragment('sh","c":"é─😀"}')),
  { ...chunkOf({}, { finish: "stop" }), usage: { "prompt_tokens": null } },
];

Deno.test("what no repair touches leaves as the bytes that it came in, in any pieces", () => {
  fc.assert(
    fc.property(
      anyStream().chain((stream) =>
        fc.record({ stream: fc.constant(stream), cuts: anyCuts(stream.bytes.length) })
      ),
      ({ stream: { bytes }, cuts }) => {
        const mended = mend(cutAt(bytes, cuts));
        assert.deepEqual(mended.bytes, bytes);
        assert.deepEqual(mended.fired, []);
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("golden: odd spelling, numbers and fields of untouched events stay, beside touched ones", () => {
  const odd =
    ': x\r\nid: 7\r\ndata:{ "a" : 1.0, "n":12345678901234567890,\r\ndata: "b":"\\u00e9" }\r\n\r\n';
  const touched = sse([chunkOf(null)]);
  const text =
    `\uFEFF${odd}${touched}${odd}data: nonsense\n\ndata: [1]\n\n\n\n${touched}data: [DONE]\n\n`;
  const mended = sse([chunkOf({})]);
  assert.equal(mendText(text).text, text.replaceAll(touched, mended));
});

Deno.test("a stream that is repaired is the same in any pieces", () => {
  const bytes = utf8(sse([...CALLING, "[DONE]"], "\r\n"));
  const whole = mend([bytes]).text;
  fc.assert(fc.property(anyCuts(bytes.length), (cuts) => {
    assert.equal(mend(cutAt(bytes, cuts)).text, whole);
  }));
  assert.equal(mend([...bytes].map((byte) => new Uint8Array([byte]))).text, whole);
});

Deno.test("a touched event keeps what it does not change as it was spelled", () => {
  const { text } = mendText(
    'data: {"n": 1.0, "choices":[ {"delta":null,"index":0, "big":12345678901234567890} ]}\n\n',
  );
  assert.equal(
    text,
    'data: {"n": 1.0, "choices":[ {"delta":{},"index":0, "big":12345678901234567890} ]}\n\n',
  );
});

Deno.test("a touched event keeps its other fields and its line ends", () => {
  for (const end of ["\n", "\r\n", "\r"]) {
    const lines = (delta: Json) =>
      ["id: 4", ": note", "retry: 9", `data: ${JSON.stringify(chunkOf(delta))}`, "", ""].join(end);
    assert.equal(mendText(lines(null)).text, lines({}));
  }
});

Deno.test("a touched event whose data stands in several lines is written in one", () => {
  const { text } = mendText('data: {"choices":\ndata: [{"delta":null}]}\n\n');
  assert.deepEqual(jsonOf(text), [{ choices: [{ delta: {} }] }]);
  assert.equal(text.match(/data/g)?.length, 1);
});

Deno.test("an event that becomes several has a blank line behind each and a name on each", () => {
  const twice = renaming("twice", (event) => [event, { ...event, type: "b" }]);
  const { text } = mendText('event: a\nid: 1\ndata: {"type":"a"}\n\n', [twice]);
  assert.deepEqual(parsed(text), [
    { event: "a", data: '{"type":"a"}' },
    { event: "b", data: '{"type":"b"}' },
  ]);
  assert.equal(text.match(/id: 1/g)?.length, 1);
});

Deno.test("an event that is withheld leaves nothing behind", () => {
  const none = renaming("none", (event) => get(event, "x") === 1 ? [] : [event]);
  assert.equal(mendText(sse([{ x: 1 }, { x: 2 }]), [none]).text, sse([{ x: 2 }]));
});

Deno.test("what is left to say is said before [DONE], or at the end where there is none", () => {
  for (const tail of [["[DONE]"], []]) {
    const { text } = mendText(
      sse([callChunk(opening("databricks-tool-call", '{"name":"x"}')), ...tail]),
    );
    assert.deepEqual(readChat(jsonOf(text)).get(0)?.calls, [{
      id: "call_0",
      name: "x",
      args: "{}",
    }]);
    assert.equal(parsed(text).at(-1)?.data === "[DONE]", tail.length === 1);
  }
});

Deno.test("a repaired stream reads as one with a real call", () => {
  const { text, fired } = mendText(sse([...CALLING, "[DONE]"]));
  assert.deepEqual(readChat(jsonOf(text)).get(0), {
    content: "",
    calls: [{ id: "call_0", name: "bash", args: '{"c":"é─😀"}' }],
    finish: "tool_calls",
  });
  assert.deepEqual(fired, ["databricks-tool-call", "null-usage", "finish-reason"]);
});

Deno.test("mending twice is once", () => {
  const once = mendText(sse([...CALLING, "[DONE]"])).text;
  const twice = mendText(once);
  assert.equal(twice.text, once);
  assert.deepEqual(twice.fired, []);
});

Deno.test("a tail that lacks only its blank line is an event, any other is cut off", () => {
  assert.deepEqual(tailOf("data: [DONE]"), { text: "data: [DONE]", isCut: false });
  assert.deepEqual(tailOf('data: {"a":1}\n'), { text: 'data: {"a":1}\n', isCut: false });
  assert.deepEqual(tailOf(": ping\n"), { text: ": ping\n", isCut: false });
  for (const cut of ['data: {"a":', "data: [DO", "data: 1", 'data: {"a":1}\ndata: x']) {
    assert.deepEqual(tailOf(cut), { text: "", isCut: true });
  }

  function tailOf(tail: string): { text: string; isCut: boolean } {
    const before = sse([{ a: 1 }]);
    const { text, isCut } = mendText(before + tail);
    return { text: text.slice(before.length), isCut };
  }
});

Deno.test("what is still to be said does not run into a tail without a blank line", () => {
  const { text } = mendText(
    sse([callChunk(opening("databricks-tool-call", '{"name":"x"}'))]) + 'data: {"a":1}',
  );
  assert.deepEqual(jsonOf(text)[1], { a: 1 });
  assert.equal(readChat(jsonOf(text)).get(0)?.calls[0]?.name, "x");
});

Deno.test("data that is nested deeper than it can be written leaves as it came", () => {
  const deep = `{"choices":[{"delta":null,"x":${"[".repeat(200_000)}${"]".repeat(200_000)}}]}`;
  const { text } = mendText(`data: ${deep}\n\n`);
  assert.deepEqual(
    JSON.parse(parsed(text)[0]?.data.replace(/\[{9,}\]{9,}/, "0") ?? "").choices.length,
    1,
  );
});

Deno.test("a repair that fails is told of and left out, the others go on", () => {
  const broken = renaming("broken", () => {
    throw new Error("a mistake");
  });
  const errors: unknown[] = [];
  const row = new MachineRow([broken, ...ANSWER_REPAIRS], CONTEXT, {
    onBug: (error) => errors.push(error),
  });
  const mender = new StreamMender(row);
  const text = decode(mender.push(utf8(sse([chunkOf(null), chunkOf(null)]))));
  assert.equal(text, sse([chunkOf({}), chunkOf({})]));
  assert.equal(errors.length, 1);
});

Deno.test("any JSON in a stream or an answer is taken, and what comes out is JSON", () => {
  const key = fc.constantFrom(
    "choices",
    "delta",
    "message",
    "tool_calls",
    "function",
    "name",
    "arguments",
    "content",
    "finish_reason",
    "usage",
    "prompt_tokens",
    "index",
    "id",
    "type",
    "__proto__",
    "summary",
  );
  const leaves: readonly Json[] = [
    ...[null, true, 0, -1, 1.5, "", "x", "{}", "stop", "text", "reasoning"],
    ...["databricks-tool-call", '{"name":"x"}'],
  ];
  const leaf = fc.constantFrom(...leaves);
  const { any } = fc.letrec<{ any: Json }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 8, withCrossShrink: true },
      leaf,
      fc.array(tie("any"), { maxLength: 3 }),
      fc.array(fc.tuple(key, tie("any")), { maxLength: 5 }).map((entries) =>
        Object.fromEntries(entries) as Json
      ),
    ),
  }));
  fc.assert(
    fc.property(fc.array(any, { maxLength: 5 }), (values) => {
      const text = values.map((value) => `data: ${JSON.stringify(value)}\n\n`).join("");
      jsonOf(mendText(text).text);
      for (const value of values) {
        if (!isObject(value)) continue;
        const once = new MachineRow(ANSWER_REPAIRS, CONTEXT, { onBug: fail }).whole(value);
        const row = new MachineRow(ANSWER_REPAIRS, CONTEXT, { onBug: fail });
        assert.equal(row.whole(once), once, row.fired.join());
      }
    }),
    { numRuns: 2_000 },
  );
});

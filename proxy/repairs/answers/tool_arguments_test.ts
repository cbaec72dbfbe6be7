import assert from "node:assert/strict";
import {
  callChunk,
  chunkOf,
  CONTEXT,
  fragment,
  mendAll,
  opening,
  readChat,
} from "../../../tests/support/chat_stream.ts";
import type { JsonObject } from "../json.ts";
import { earlyBraces } from "./early_braces.ts";
import { emptyArguments } from "./empty_arguments.ts";

const FINISH = chunkOf({}, { finish: "tool_calls" });
const argsOf = (events: readonly JsonObject[]) =>
  readChat(events).get(0)?.calls.map(({ args }) => args);

Deno.test("early-braces: braces before the real arguments are left out", () => {
  const { events, fired } = mendAll([earlyBraces], [
    callChunk(opening("bash", "{}")),
    callChunk(fragment("")),
    callChunk(fragment('{"a":')),
    callChunk(fragment("{}")),
    callChunk(fragment("}")),
    FINISH,
  ]);
  assert.deepEqual(argsOf(events), ['{"a":{}}']);
  assert.deepEqual(fired, ["early-braces"]);
});

Deno.test("early-braces: braces that nothing follows are the arguments", () => {
  const again = callChunk(fragment("{}"));
  for (
    const tail of [[FINISH], [], [again, FINISH], [
      callChunk(fragment(""), { finish: "tool_calls" }),
    ]]
  ) {
    const { events } = mendAll([earlyBraces], [callChunk(opening("now", "{}")), ...tail]);
    assert.deepEqual(argsOf(events), ["{}"]);
  }
});

Deno.test("early-braces: braces may come behind the name", () => {
  const before = [callChunk(opening("bash", "")), callChunk(fragment("{}"))];
  const more = [callChunk(fragment('{"a":1}')), FINISH];
  assert.deepEqual(argsOf(mendAll([earlyBraces], [...before, ...more]).events), ['{"a":1}']);
  assert.deepEqual(argsOf(mendAll([earlyBraces], [...before, FINISH]).events), ["{}"]);
});

Deno.test("early-braces: arguments that are whole or in order are not touched", () => {
  for (
    const before of [
      [callChunk(opening("now", "{}"), { finish: "tool_calls" })],
      [callChunk(opening("bash", '{"a":1}')), FINISH],
      [callChunk(opening("bash", "")), callChunk(fragment("{")), callChunk(fragment("}")), FINISH],
    ]
  ) {
    const { events } = mendAll([earlyBraces], before);
    assert(events.length === before.length && events.every((event, at) => event === before[at]));
  }
});

Deno.test("early-braces: each call has its own", () => {
  const { events } = mendAll([earlyBraces], [
    callChunk(opening("a", "{}", 0)),
    callChunk(opening("b", "{}", 1)),
    callChunk(fragment('{"b":1}', 1)),
    FINISH,
  ]);
  assert.deepEqual(argsOf(events), ["{}", '{"b":1}']);
});

Deno.test("empty-arguments: a call that ends without any gets braces, once", () => {
  for (
    const before of [
      [callChunk(opening("now", "")), FINISH],
      [callChunk(opening("now", "")), callChunk(fragment(" ")), FINISH],
      [callChunk(opening("now", ""), { finish: "stop" })],
      [callChunk({ index: 0, id: "call_0", function: { name: "now" } }), FINISH],
    ]
  ) {
    const { events, fired } = mendAll([emptyArguments], before);
    assert.equal(argsOf(events)?.[0]?.trim(), "{}");
    assert.deepEqual(fired, ["empty-arguments"]);
    assert.deepEqual(argsOf(mendAll([emptyArguments], events).events), argsOf(events));
  }
});

Deno.test("empty-arguments: a call that is cut off does not become one that can be run", () => {
  assert.deepEqual(argsOf(mendAll([emptyArguments], [callChunk(opening("rm", ""))]).events), [""]);
});

Deno.test("empty-arguments: what has some, or is no function, is not touched", () => {
  for (
    const call of [
      opening("bash", "{"),
      { index: 0, id: "x", function: { name: "bash", arguments: { a: 1 } } },
      { index: 0, id: "x", type: "custom", custom: { name: "patch", input: "" } },
    ]
  ) {
    const before = [callChunk(call), FINISH];
    const { events } = mendAll([emptyArguments], before);
    assert(events.length === 2 && events.every((event, at) => event === before[at]));
  }
});

Deno.test("empty-arguments: a whole answer's calls get braces", () => {
  const machine = emptyArguments.begin(CONTEXT);
  const whole = (called: JsonObject) => ({
    choices: [{ message: { "tool_calls": [{ id: "x", function: called }] } }],
  });
  const mended = whole({ name: "now", arguments: "{}" });
  assert.deepEqual(machine.whole(whole({ name: "now", arguments: "" })), mended);
  assert.deepEqual(machine.whole(whole({ name: "now", arguments: null })), mended);
  assert.equal(machine.whole(mended), mended);
});

Deno.test("early-braces and empty-arguments together say braces once", () => {
  for (const args of ["", "{}"]) {
    const { events } = mendAll([earlyBraces, emptyArguments], [
      callChunk(opening("now", args)),
      FINISH,
    ]);
    assert.deepEqual(argsOf(events), ["{}"]);
  }
});

/** Whatever way calls are cut up, mixed and misspelled, a client reads what was meant. */

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  callChunk,
  chunkOf,
  fragment,
  mendAll,
  opening,
  readChat,
  sseOf,
} from "../../../tests/support/chat_stream.ts";
import { mendedStream } from "../../../tests/support/chat_stream.ts";
import { ANSWER_REPAIRS } from "../answer_table.ts";
import type { JsonObject } from "../json.ts";

/** A call as it is meant, and how it comes. */
interface Meant {
  readonly choice: number;
  readonly name: string;
  readonly args: JsonObject;
  readonly isStandIn: boolean;
  /** `{}` before the real arguments. */
  readonly hasEarlyBraces: boolean;
  /** No text at all where there are no arguments. */
  readonly isEmpty: boolean;
  readonly cuts: readonly number[];
}

const meant: fc.Arbitrary<Meant> = fc.record({
  choice: fc.integer({ min: 0, max: 1 }),
  name: fc.constantFrom("bash", "read", "名前"),
  args: fc.dictionary(
    fc.constantFrom("c", "path", "x y"),
    fc.oneof(fc.constantFrom("", "{}", "─ 😀\n", '"'), fc.integer(), fc.constant({})),
    { maxKeys: 3, noNullPrototype: true },
  ) as fc.Arbitrary<JsonObject>,
  isStandIn: fc.boolean(),
  hasEarlyBraces: fc.boolean(),
  isEmpty: fc.boolean(),
  cuts: fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 4 }),
});

/** The chunks of one call, in order. */
function chunksOf(call: Meant, index: number): readonly JsonObject[] {
  const { choice, name, args, isStandIn, hasEarlyBraces, isEmpty } = call;
  const said = isStandIn ? { name, ...args } : args;
  const hasText = isStandIn || !isEmpty || Object.keys(args).length > 0;
  const text = hasText ? JSON.stringify(said) : "";
  const cuts = call.cuts.filter((cut) => cut < text.length).toSorted((a, b) => a - b);
  const pieces = [...cuts, text.length].map((cut, at) => text.slice(cuts[at - 1] ?? 0, cut));
  // A stand-in's braces would be read as arguments that name no tool.
  const first = hasEarlyBraces && !isStandIn ? "{}" : "";
  return [
    callChunk(opening(isStandIn ? "databricks-tool-call" : name, first, index), { choice }),
    ...pieces.map((piece) => callChunk(fragment(piece, index), { choice })),
  ];
}

/** The chunks of all calls, each call's in their order, mixed as `order` says. */
function mixed(calls: readonly Meant[], order: readonly number[]): readonly JsonObject[] {
  const waiting = calls.map((call, index) => [...chunksOf(call, index)]);
  const chunks: JsonObject[] = [];
  for (let turn = 0; waiting.some(({ length }) => length > 0); turn++) {
    const left = waiting.filter(({ length }) => length > 0);
    const next = left[(order[turn % order.length] ?? 0) % left.length]?.shift();
    if (next !== undefined) chunks.push(next);
  }
  return chunks;
}

const stream = fc.record({
  calls: fc.array(meant, { minLength: 1, maxLength: 4 }),
  order: fc.array(fc.nat(7), { minLength: 1, maxLength: 8 }),
}).map(({ calls, order }) => {
  const choices = [...new Set(calls.map(({ choice }) => choice))];
  const finishes = choices.map((index) => chunkOf({}, { index, finish: "stop" }));
  return { calls, choices, events: [...mixed(calls, order), ...finishes] };
});

Deno.test("a client reads the calls that were meant, each once, in any mixture", () => {
  fc.assert(
    fc.property(stream, ({ calls, choices, events }) => {
      const read = readChat(mendAll(ANSWER_REPAIRS, events).events);
      for (const choice of choices) {
        assert.equal(read.get(choice)?.finish, "tool_calls");
        const found = (read.get(choice)?.calls ?? []).map(({ id, name, args }) => ({
          id,
          name,
          args: JSON.parse(args),
        }));
        const expected = calls.flatMap((call, index) =>
          call.choice === choice ? [{ id: `call_${index}`, name: call.name, args: call.args }] : []
        );
        const byId = (a: { id: string }, b: { id: string }) => a.id.localeCompare(b.id);
        assert.deepEqual(found.toSorted(byId), expected.toSorted(byId));
      }
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("a stream of calls that was mended needs no mending", () => {
  fc.assert(fc.property(stream, ({ events }) => {
    const once = mendedStream(sseOf(events));
    // Braces at the beginning wait for what follows whenever they are seen.
    const again = mendedStream(once);
    const calls = (text: string) => [...readChat(
      text.trim().split("\n\n").map((event) => JSON.parse(event.slice("data: ".length))),
    )];
    assert.deepEqual(calls(again), calls(once));
  }));
});

import assert from "node:assert/strict";
import { utf8 } from "../../tests/support/bytes.ts";
import { HeldBytes } from "./held_bytes.ts";

Deno.test("what grows in small pieces is copied a few times, not once for each", () => {
  const held = new HeldBytes();
  const piece = utf8("x".repeat(1_000));
  const buffers = new Set<ArrayBuffer>();
  for (let count = 0; count < 10_000; count++) {
    const joined = held.join(piece);
    held.keep(joined, 0);
    buffers.add(joined.buffer);
  }
  assert.equal(held.size, 10_000_000);
  assert(buffers.size < 20, `${buffers.size} buffers`);
});

Deno.test("what was given out is not written over by what is held next", () => {
  const held = new HeldBytes();
  held.keep(held.join(utf8("abc")), 0);
  const first = held.join(utf8("def"));
  const givenOut = first.subarray(0, 4);
  held.keep(first, 4);
  assert.equal(new TextDecoder().decode(held.join(utf8("ghi"))), "efghi");
  assert.equal(new TextDecoder().decode(givenOut), "abcd");
});

Deno.test("take() leaves nothing", () => {
  const held = new HeldBytes();
  held.keep(held.join(utf8("abc")), 1);
  assert.equal(new TextDecoder().decode(held.take()), "bc");
  assert.equal(held.size, 0);
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { anyCuts, cutAt } from "../../tests/support/any_stream.ts";
import { utf8 } from "../../tests/support/bytes.ts";
import { EventBoundary } from "./boundary.ts";

function isHereAfter(...chunks: readonly string[]): boolean {
  const boundary = new EventBoundary();
  for (const chunk of chunks) boundary.pass(utf8(chunk));
  return boundary.isHere;
}

Deno.test("a stream is between events before its first byte and after each blank line", () => {
  for (const end of ["\n\n", "\r\n\r\n", "\r\r", "\n\r\n"]) {
    assert(isHereAfter(`data: 1${end}`), JSON.stringify(end));
  }
  assert(isHereAfter());
  assert(isHereAfter("data: 1\n\n", ""));
});

Deno.test("a stream is in an event anywhere else", () => {
  for (
    const text of ["d", "data: 1\n", "data: 1\r\n", "data: 1\r", "a\n\nb", "a\r\n\r", "\n\n:", "é"]
  ) {
    assert(!isHereAfter(text), JSON.stringify(text));
  }
});

Deno.test("it makes no difference how the bytes are cut up", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "\r", "\n"), minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(
      text.chain((text) => fc.tuple(fc.constant(text), anyCuts(text.length))),
      ([text, cuts]) => {
        const pieces = cutAt(utf8(text), cuts).map((piece) => new TextDecoder().decode(piece));
        assert.equal(isHereAfter(...pieces), isHereAfter(text));
      },
    ),
    { numRuns: 1_000 },
  );
  assert(isHereAfter("a\n", "\r\n"));
  assert(isHereAfter("a\n", "\r", "\n"));
});

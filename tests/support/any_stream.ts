/** Event streams of any make, for tests that cut them anywhere. */

import fc from "fast-check";
import { utf8 } from "./bytes.ts";

/** A stream and the events that any reader finds in it. */
export interface AnyStream {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The data of the events that have some. */
  readonly data: readonly string[];
}

const lineEnd = fc.constantFrom("\n", "\r\n", "\r");
/** Without line ends; with all that looks like one to somebody else. */
const text = fc.string({
  unit: fc.constantFrom(
    "a",
    " ",
    ":",
    "é",
    "─",
    "😀",
    "\u2028",
    "\u0085",
    "\v",
    "\uFEFF",
    "{",
    "data:",
  ),
  maxLength: 8,
});

/** One block of fields with its blank line. */
const block = fc.record({
  before: fc.array(
    fc.constantFrom(": ping", ":", "event: e", "id: 1", "retry: 10", "dat: x", "x"),
    {
      maxLength: 2,
    },
  ),
  data: fc.array(fc.record({ space: fc.boolean(), text }), { maxLength: 3 }),
  after: fc.array(fc.constantFrom(": pong", "database: x"), { maxLength: 1 }),
});

/** A stream with any mixture of line ends. */
export function anyStream(): fc.Arbitrary<AnyStream> {
  return fc.tuple(fc.boolean(), fc.array(block, { maxLength: 6 }), fc.infiniteStream(lineEnd)).map(
    ([hasMark, blocks, ends]) => {
      const parts: string[] = [hasMark ? "\uFEFF" : ""];
      // A carriage return and a line feed of two lines would be read as the end of one.
      let last = "";
      const end = () => {
        const next = ends.next().value ?? "\n";
        last = last === "\r" && next === "\n" && parts.at(-1) === "\r" ? "\r" : next;
        parts.push(last);
      };
      for (const { before, data, after } of blocks) {
        const lines = [
          ...before,
          ...data.map((line) => `data:${lineOf(line)}`),
          ...after,
        ];
        for (const line of [...lines, ""]) {
          if (line !== "") parts.push(line);
          end();
        }
      }
      return {
        bytes: utf8(parts.join("")),
        data: blocks.filter(({ data }) => data.length > 0)
          .map(({ data }) => data.map(({ text }) => text).join("\n")),
      };
    },
  );
}

/** Without a space of its own a value that begins with one would lose it. */
function lineOf({ space, text }: { readonly space: boolean; readonly text: string }): string {
  return space || text.startsWith(" ") ? ` ${text}` : text;
}

/** Bytes and where to cut them. */
export function anyCuts(size: number): fc.Arbitrary<readonly number[]> {
  return fc.array(fc.integer({ min: 0, max: size }), { maxLength: 12 })
    .map((cuts) => cuts.toSorted((a, b) => a - b));
}

/** The pieces of `bytes` between cuts, empty ones among them. */
export function cutAt(
  bytes: Uint8Array<ArrayBuffer>,
  cuts: readonly number[],
): readonly Uint8Array<ArrayBuffer>[] {
  return [...cuts, bytes.length].map((to, index) => bytes.slice(cuts[index - 1] ?? 0, to));
}

import assert from "node:assert/strict";
import type { Data } from "./data.ts";
import type { Edit } from "./format.ts";
import { isEdited } from "./is_edited.ts";

function map(value: Readonly<Record<string, Data>>): Data {
  return new Map(Object.entries(value));
}

const BEFORE = map({ a: "x", list: [map({ k: "v" })], none: null });

Deno.test("isEdited() holds for the one value that was to change, and for nothing else", () => {
  const set: Edit = { path: ["list", 0, "k"], to: "value", value: "w" };
  const rows: readonly (readonly [Edit, Data, "right" | "wrong"])[] = [
    [set, map({ a: "x", list: [map({ k: "w" })], none: null }), "right"],
    [set, map({ a: "y", list: [map({ k: "w" })], none: null }), "wrong"],
    [set, map({ a: "x", list: [map({ k: "w" })] }), "wrong"],
    [set, map({ a: "x", list: [map({ k: "w", l: "m" })], none: null }), "wrong"],
    [set, BEFORE, "wrong"],
    [{ ...set, value: "5" }, map({ a: "x", list: [map({ k: 5 })], none: null }), "wrong"],
    [
      { path: ["none", "b", 0], to: "value", value: "w" },
      map({ a: "x", list: [map({ k: "v" })], none: map({ b: ["w"] }) }),
      "right",
    ],
    [
      { path: ["a"], to: "source", source: "5" },
      map({ a: 5, list: [map({ k: "v" })], none: null }),
      "right",
    ],
    [
      { path: ["a"], to: "source", source: "{b: c}" },
      map({ a: map({ b: "c" }), list: [map({ k: "v" })], none: null }),
      "right",
    ],
    [
      { path: ["a"], to: "value", value: { b: ["c", 5] } },
      map({ a: map({ b: ["c", 5] }), list: [map({ k: "v" })], none: null }),
      "right",
    ],
    [
      { path: ["a"], to: "value", value: { b: ["c", 5] } },
      map({ a: map({ b: ["c", "5"] }), list: [map({ k: "v" })], none: null }),
      "wrong",
    ],
    [{ path: ["list", 0], to: "nothing" }, map({ a: "x", list: [], none: null }), "right"],
    [{ path: ["list", 0], to: "nothing" }, map({ a: "x", list: null, none: null }), "right"],
    [{ path: ["list", 0], to: "nothing" }, map({ a: "x", none: null }), "wrong"],
    [{ path: ["list"], to: "nothing" }, map({ a: "x", none: null }), "right"],
    [{ path: ["list", 0, "k"], to: "nothing" }, map({ a: "x", list: [], none: null }), "wrong"],
  ];
  for (const [edit, after, verdict] of rows) {
    assert.equal(isEdited({ before: BEFORE, after }, edit) ? "right" : "wrong", verdict);
  }
});

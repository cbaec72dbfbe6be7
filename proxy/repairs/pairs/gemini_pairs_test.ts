import assert from "node:assert/strict";
import fc from "fast-check";
import {
  assertLeaves,
  assertMends,
  mendOnce,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import { get, isObject, type Json, type JsonObject } from "../json.ts";
import { orphanResults } from "../requests/orphan_results.ts";
import { resultOrder } from "../requests/result_order.ts";
import { unansweredCalls } from "../requests/unanswered_calls.ts";
import { NO_RESULT } from "./pairs.ts";

const GEMINI = subjectOf("databricks-gemini-3-pro", { dialect: "gemini" });

const text = (text: string) => ({ text });
const call = (name: string, id?: string) => ({
  functionCall: { ...(id === undefined ? {} : { id }), name, args: {} },
});
const result = (name: string, id?: string) => ({
  functionResponse: { ...(id === undefined ? {} : { id }), name, response: { ok: 1 } },
});
const none = (name: string, id?: string) => ({
  functionResponse: {
    ...(id === undefined ? {} : { id }),
    name,
    response: { error: NO_RESULT },
  },
});
const model = (...parts: JsonObject[]) => ({ role: "model", parts });
const user = (...parts: JsonObject[]) => ({ role: "user", parts });

Deno.test("orphan-results leaves out results of Gemini that answer no call of the turn before", () => {
  assertMends(orphanResults, GEMINI, {
    before: {
      contents: [
        user(result("lost")),
        user(text("go")),
        model(call("a", "1"), call("a", "2"), call("b")),
        user(result("a", "2"), result("a", "3"), result("b"), result("b"), result("a")),
        model(text("done")),
        user(result("a", "1"), text("more")),
      ],
    },
    after: {
      contents: [
        user(text("go")),
        model(call("a", "1"), call("a", "2"), call("b")),
        user(result("a", "2"), result("b"), result("a")),
        model(text("done")),
        user(text("more")),
      ],
    },
  });
});

Deno.test("result-order gathers the results of Gemini behind their calls", () => {
  assertMends(resultOrder, GEMINI, {
    before: {
      contents: [
        model(call("a"), call("b")),
        user(text("wait")),
        user(result("b")),
        user(text("so"), result("a")),
        model(text("done")),
      ],
    },
    after: {
      contents: [
        model(call("a"), call("b")),
        user(result("b"), result("a")),
        user(text("wait")),
        user(text("so")),
        model(text("done")),
      ],
    },
  });
});

Deno.test("unanswered-calls answers for the tools of Gemini", () => {
  assertMends(unansweredCalls, GEMINI, {
    before: {
      contents: [
        model(call("a"), call("b", "2")),
        user(result("a"), text("and?")),
        model(call("c")),
        user(text("stop")),
        model({ "function_call": { name: "d" } }),
      ],
    },
    after: {
      contents: [
        model(call("a"), call("b", "2")),
        user(result("a"), none("b", "2"), text("and?")),
        model(call("c")),
        user(none("c")),
        user(text("stop")),
        model({ "function_call": { name: "d" } }),
        user({ "function_response": { name: "d", response: { error: NO_RESULT } } }),
      ],
    },
  });
});

Deno.test("pairs of Gemini that are right stay, and so does what a cache holds a part of", () => {
  const rows = [
    { contents: [user(text("go")), model(call("a"), call("a")), user(result("a"), result("a"))] },
    { contents: [model(text("a")), model(call("b")), user(result("b"))] },
    { contents: [user(result("a"))], cachedContent: "cachedContents/1" },
    { contents: [null, 1, [], { role: "model", parts: null }, { parts: [null, 1] }] },
    { contents: null },
  ];
  for (const body of rows) {
    for (const repair of [orphanResults, resultOrder, unansweredCalls]) {
      assertLeaves(repair, GEMINI, body);
    }
  }
});

Deno.test("pairs of Gemini are right after all three, from wherever they come", () => {
  const id = fc.constantFrom(undefined, "1", "2");
  const name = fc.constantFrom("a", "b");
  const part = fc.oneof(
    fc.tuple(name, id).map(([name, id]) => call(name, id)),
    fc.tuple(name, id).map(([name, id]) => result(name, id)),
    fc.constant(text("t")),
  );
  const turn = fc.record({
    role: fc.constantFrom("model", "user"),
    parts: fc.array(part, { maxLength: 4 }),
  });
  fc.assert(fc.property(fc.array(turn, { maxLength: 8 }), (contents) => {
    const body = [orphanResults, resultOrder, unansweredCalls].reduce<JsonObject>(
      (next, repair) => mendOnce(repair, GEMINI, next),
      // A model's turn answers nothing.
      { contents: contents.map((turn) => turn.role === "user" ? userOf(turn) : modelOf(turn)) },
    );
    const turns = body["contents"] as readonly { role: string; parts: readonly JsonObject[] }[];
    let open: string[] = [];
    for (const { role, parts } of turns) {
      if (role === "model") {
        open.push(...parts.map((part) => nameIn(part, "functionCall")).filter(Boolean));
      } else {
        const answered = parts.map((part) => nameIn(part, "functionResponse")).filter(Boolean);
        assert.deepEqual(answered.toSorted(), open.toSorted(), JSON.stringify(turns));
        open = [];
      }
    }
    assert.deepEqual(open, []);
  }));
});

const only = (turn: { role: string; parts: JsonObject[] }, key: string) => ({
  ...turn,
  parts: turn.parts.filter((part) => Object.hasOwn(part, key) || Object.hasOwn(part, "text")),
});
const userOf = (turn: { role: string; parts: JsonObject[] }): Json =>
  only(turn, "functionResponse");
const modelOf = (turn: { role: string; parts: JsonObject[] }): Json => only(turn, "functionCall");

function nameIn(part: JsonObject, key: string): string {
  const entry = get(part, key);
  return isObject(entry) ? String(entry["name"]) : "";
}

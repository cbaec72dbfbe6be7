import assert from "node:assert/strict";
import fc from "fast-check";
import {
  assertLeaves,
  assertMends,
  frozen,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import type { JsonObject } from "../json.ts";
import type { Subject } from "../repair.ts";
import { createSignatures, type Signatures } from "./signatures.ts";
import { SignatureStore } from "./signature_store.ts";

const NATIVE = subjectOf("databricks-gemini-3-pro", { dialect: "gemini" });
const OLD = subjectOf("databricks-gemini-2-5-flash", { dialect: "gemini" });
const CHAT = subjectOf("databricks-gemini-3-pro");
const UNSIGNED = "skip_thought_signature_validator";

const call = (name: string, args: JsonObject = {}, rest: JsonObject = {}): JsonObject => ({
  functionCall: { name, args },
  ...rest,
});
const model = (...parts: JsonObject[]): JsonObject => ({ role: "model", parts });
const history = (...turns: JsonObject[]): JsonObject => ({ contents: turns });

/** Lets an answer pass, as it is. */
function answer({ answer }: Signatures, subject: Subject, ...events: readonly JsonObject[]): void {
  const machine = answer.begin({ subject, asked: null });
  for (const event of events.map(frozen)) assert.deepEqual(machine.push(event), [event]);
  assert.deepEqual(machine.end(), []);
}

const candidate = (...parts: JsonObject[]): JsonObject => ({
  candidates: [{ content: model(...parts), finishReason: "STOP" }],
});

Deno.test("thought-signatures puts back what a call of Gemini was signed with", () => {
  const signatures = createSignatures();
  answer(
    signatures,
    NATIVE,
    candidate({ text: "let me see", thought: true }),
    candidate(call("ls", { path: "/", all: true }, { thoughtSignature: "s1" }), call("pwd")),
  );
  assertMends(signatures.request, NATIVE, {
    before: history(
      { role: "user", parts: [{ text: "go" }] },
      model(call("ls", { all: true, path: "/" }), call("pwd")),
    ),
    after: history(
      { role: "user", parts: [{ text: "go" }] },
      model(call("ls", { all: true, path: "/" }, { thoughtSignature: "s1" }), call("pwd")),
    ),
  });
});

Deno.test("thought-signatures tells calls apart by their ids, and equal ones by their turn", () => {
  const signatures = createSignatures();
  const withId = (id: string, rest: JsonObject = {}) => ({
    functionCall: { id, name: "ls", args: {} },
    ...rest,
  });
  answer(signatures, OLD, candidate(withId("1", { thoughtSignature: "s1" })));
  answer(signatures, OLD, candidate(withId("2", { thought_signature: "s2" })));
  assertMends(signatures.request, OLD, {
    before: history(model(withId("2")), model(withId("1"))),
    after: history(
      model(withId("2", { thoughtSignature: "s2" })),
      model(withId("1", { thoughtSignature: "s1" })),
    ),
  });
  // The ids are gone: what came last was signed last, and what came before is not known.
  assertMends(signatures.request, OLD, {
    before: history(model(call("ls")), model(call("ls")), model(call("ls"))),
    after: history(
      model(call("ls")),
      model(call("ls", {}, { thoughtSignature: "s1" })),
      model(call("ls", {}, { thoughtSignature: "s2" })),
    ),
  });
});

Deno.test("thought-signatures counts the calls that the caller kept signed", () => {
  const signatures = createSignatures();
  for (const name of ["s1", "s2"]) {
    answer(signatures, OLD, candidate(call("ls", {}, { thoughtSignature: name })));
  }
  const kept = call("ls", {}, { thoughtSignature: "s1" });
  assertMends(signatures.request, OLD, {
    before: history(model(kept), model(call("ls"))),
    after: history(model(kept), model(call("ls", {}, { thoughtSignature: "s2" }))),
  });
});

Deno.test("thought-signatures says of the first call only that it is not signed, and only to Gemini 3", () => {
  const { request } = createSignatures();
  const signed = call("pwd", {}, { thoughtSignature: "mine" });
  assertMends(request, NATIVE, {
    before: history(
      model({ text: "a" }, call("ls"), call("pwd")),
      model({ "function_call": { name: "ls" } }),
      model(signed, call("ls")),
    ),
    after: history(
      model({ text: "a" }, call("ls", {}, { thoughtSignature: UNSIGNED }), call("pwd")),
      model({ "function_call": { name: "ls" }, "thought_signature": UNSIGNED }),
      model(signed, call("ls")),
    ),
  });
  assertLeaves(request, OLD, history(model(call("ls"))));
  assertLeaves(
    request,
    subjectOf("my-endpoint", { dialect: "gemini" }),
    history(model(call("ls"))),
  );
  const odd = [{ contents: null }, {
    contents: [null, 1, { parts: [null, 1, {}] }, { parts: {} }],
  }];
  for (const body of odd) assertLeaves(request, NATIVE, body);
});

Deno.test("thought-signatures puts back what a call of chat was signed with", () => {
  const signatures = createSignatures();
  const tool = (id: string, rest: JsonObject = {}) => ({
    id,
    type: "function",
    function: { name: "ls", arguments: "{}" },
    ...rest,
  });
  const delta = (...calls: JsonObject[]) => ({
    choices: [{ index: 0, delta: { "tool_calls": calls } }],
  });
  answer(
    signatures,
    CHAT,
    delta({ index: 0, ...tool("a") }, { index: 1, ...tool("b") }),
    delta({ index: 1, function: { arguments: "{}" }, thoughtSignature: "s2" }),
    { choices: [{ delta: null }, null, { delta: { "tool_calls": null } }] },
  );
  const whole = signatures.answer.begin({ subject: CHAT, asked: null });
  const message = { role: "assistant", "tool_calls": [tool("c", { thoughtSignature: "s3" })] };
  whole.whole(frozen({ choices: [{ message }] }));
  assertMends(signatures.request, CHAT, {
    before: { messages: [{ role: "assistant", "tool_calls": [tool("a"), tool("b"), tool("c")] }] },
    after: {
      messages: [{
        role: "assistant",
        "tool_calls": [
          tool("a"),
          tool("b", { thoughtSignature: "s2" }),
          tool("c", { thoughtSignature: "s3" }),
        ],
      }],
    },
  });
  assertLeaves(createSignatures().request, CHAT, {
    messages: [message, null, { "tool_calls": 1 }],
  });
});

Deno.test("thought-signatures remembers no signature that is none, and no call without an end", () => {
  const signatures = createSignatures();
  let deep: JsonObject = {};
  for (let depth = 0; depth < 50_000; depth++) deep = { deep };
  const machine = signatures.answer.begin({ subject: OLD, asked: null });
  machine.push(candidate(call("ls", {}, { thoughtSignature: UNSIGNED })));
  machine.push(candidate(call("ls", deep, { thoughtSignature: "s1" })));
  machine.push(candidate(call("pwd", {}, { thoughtSignature: "s2" })));
  assertLeaves(signatures.request, OLD, history(model(call("ls"))));
  const body = history(model(call("ls", deep)));
  assert.equal(signatures.request.mend(body, OLD), body);
});

Deno.test("thought-signatures keeps what a history was signed with as it grows", () => {
  const signatures = createSignatures();
  const turns: JsonObject[] = [];
  const sent: string[] = [];
  fc.sample(fc.constantFrom("ls", "pwd"), { numRuns: 40, seed: 7 }).forEach((name, index) => {
    answer(signatures, NATIVE, candidate(call(name, {}, { thoughtSignature: `s${index}` })));
    turns.push(model(call(name)));
    const next = signatures.request.mend(history(...turns), NATIVE);
    sent.push(JSON.stringify(next).slice(0, -2));
  });
  sent.forEach((text, index) => {
    if (index > 0) assert(text.startsWith(sent[index - 1] ?? ""), "the same prefix");
    assert(text.includes(`"s${index}"`));
  });
});

Deno.test("thought-signatures gives no model what another has signed", () => {
  const signatures = createSignatures();
  answer(signatures, OLD, candidate(call("ls", {}, { thoughtSignature: "s1" })));
  const other = subjectOf("databricks-gemini-2-5-pro", { dialect: "gemini" });
  assertLeaves(signatures.request, other, history(model(call("ls"))));
  assertMends(signatures.request, NATIVE, {
    before: history(model(call("ls"))),
    after: history(model(call("ls", {}, { thoughtSignature: UNSIGNED }))),
  });
});

Deno.test("SignatureStore keeps within its bounds, and what was used last", () => {
  const kept = new SignatureStore({ mostCalls: 2, mostChars: 24 });
  const store = kept.shelf("m");
  store.set("a", "1");
  store.set("b", "2");
  assert.deepEqual(store.of("a"), ["1"]);
  store.set("c", "3");
  assert.deepEqual([store.of("a"), store.of("b"), store.of("c")], [["1"], [], ["3"]]);
  store.set("d", "x".repeat(17));
  assert.deepEqual([store.of("a"), store.of("c"), kept.size], [[], ["3"], 2]);
  store.set("e", "x".repeat(30));
  assert.deepEqual([store.of("e"), kept.size], [[], 2], "one that is too long");
  assert.deepEqual(kept.shelf("n").of("c"), [], "another model");
  const all = new SignatureStore();
  const many = all.shelf("m");
  for (let index = 0; index < 200; index++) many.add("a", "x");
  assert.equal(many.of("a").length, 64);
  assert.equal(all.chars, 67);
});

Deno.test("SignatureStore counts what it keeps, whatever is done", () => {
  const step = fc.record({
    act: fc.constantFrom("add", "set", "of"),
    key: fc.constantFrom("a", "bb", "ccc"),
    value: fc.string({ maxLength: 9 }),
  });
  fc.assert(fc.property(fc.array(step), (steps) => {
    const all = new SignatureStore({ mostCalls: 2, mostChars: 30 });
    const store = all.shelf("m");
    for (const { act, key, value } of steps) {
      if (act === "of") store.of(key);
      else store[act as "add" | "set"](key, value);
      const kept = ["a", "bb", "ccc"].filter((key) => store.of(key).length > 0);
      const chars = kept.reduce(
        (sum, key) => sum + key.length + 2 + store.of(key).join("").length,
        0,
      );
      assert.deepEqual([all.size, all.chars], [kept.length, chars]);
      assert(all.size <= 2 && all.chars <= 30);
    }
  }));
});

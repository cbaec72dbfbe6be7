import assert from "node:assert/strict";
import fc from "fast-check";
import type { Dialect } from "../../../workspace/endpoints.ts";
import { assertLeaves, frozen, mendOnce, subjectOf } from "../../../tests/support/repair_check.ts";
import { answeredToolNames } from "../answers/tool_names.ts";
import type { JsonObject } from "../json.ts";
import { concerned, MachineRow } from "../machine_row.ts";
import { toolNames } from "../requests/tool_names.ts";
import { mapAskedNames } from "./asked_names.ts";
import { isTaken, renamesOf, takenName } from "./tool_names.ts";

type Dialects<T> = Readonly<Record<Dialect, T>>;

/** Requests that name a tool wherever it can be named. */
const ASKED: Dialects<(name: string) => JsonObject> = {
  chat: (name) => ({
    tools: [{ type: "function", function: { name, parameters: { name: "a.b" } } }],
    functions: [{ name }],
    "function_call": { name },
    "tool_choice": { type: "function", function: { name } },
    messages: [
      { role: "user", name: "some.body", content: "a.b" },
      {
        role: "assistant",
        content: null,
        "function_call": { name, arguments: "{}" },
        "tool_calls": [{ id: "1", type: "function", function: { name, arguments: "a.b" } }],
      },
      { role: "tool", "tool_call_id": "1", name, content: "a.b" },
    ],
  }),
  anthropic: (name) => ({
    tools: [{ name, "input_schema": { type: "object" } }, { type: "bash_20250124", name: "bash" }],
    "tool_choice": { type: "tool", name },
    messages: [
      { role: "assistant", content: [{ type: "tool_use", id: "1", name, input: { name: "a.b" } }] },
      {
        role: "user",
        content: [{
          type: "tool_result",
          "tool_use_id": "1",
          content: [{ type: "tool_reference", "tool_name": name }, { type: "text", text: "a.b" }],
        }],
      },
    ],
  }),
  responses: (name) => ({
    tools: [
      { type: "function", name, parameters: {} },
      { type: "namespace", name: "n", tools: [{ type: "function", name }] },
    ],
    "tool_choice": { type: "allowed_tools", tools: [{ type: "function", name }] },
    input: [
      { type: "function_call", "call_id": "1", name, arguments: "a.b" },
      { type: "custom_tool_call", "call_id": "2", name, input: "a.b" },
      { type: "message", role: "user", name: "some.body", content: "a.b" },
    ],
  }),
  gemini: (name) => ({
    tools: [{ functionDeclarations: [{ name }] }, { "function_declarations": [{ name }] }],
    toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: [name] } },
    contents: [
      { role: "model", parts: [{ functionCall: { name, args: { name: "a.b" } } }] },
      { role: "user", parts: [{ functionResponse: { name, response: { name: "a.b" } } }] },
    ],
  }),
};

/** Answers and events that name it. */
const ANSWERED: Dialects<(name: string) => readonly JsonObject[]> = {
  chat: (name) => [
    { choices: [{ message: { "tool_calls": [{ function: { name, arguments: "a.b" } }] } }] },
    { choices: [{ index: 0, delta: { "tool_calls": [{ index: 0, function: { name } }] } }] },
    { choices: [{ message: { "function_call": { name } } }] },
  ],
  anthropic: (name) => [
    { type: "message", content: [{ type: "tool_use", id: "1", name, input: { name: "a.b" } }] },
    { type: "content_block_start", index: 0, "content_block": { type: "tool_use", id: "1", name } },
  ],
  responses: (name) => [
    { object: "response", output: [{ type: "function_call", name, arguments: "a.b" }] },
    { type: "response.output_item.added", item: { type: "function_call", name } },
    { type: "response.output_item.done", item: { type: "custom_tool_call", name, input: "a" } },
    { type: "response.function_call_arguments.done", name, arguments: "a.b" },
    { type: "response.completed", response: { output: [{ type: "function_call", name }] } },
  ],
  gemini: (name) => [
    { candidates: [{ content: { role: "model", parts: [{ functionCall: { name, args: {} } }] } }] },
  ],
};

for (const dialect of ["chat", "anthropic", "responses", "gemini"] as const) {
  const subject = subjectOf("databricks-claude-opus-4-8", { dialect });

  Deno.test(`tool-names maps names there and back: ${dialect}`, () => {
    const name = "mcp.files/read";
    const other = takenName(name);
    const asked = frozen(ASKED[dialect](name));
    assert.deepEqual(mendOnce(toolNames, subject, asked), ASKED[dialect](other));
    const context = { subject, asked };
    const row = new MachineRow([answeredToolNames], context);
    const answers = ANSWERED[dialect](name);
    for (const [index, answer] of ANSWERED[dialect](other).entries()) {
      assert.deepEqual(row.whole(frozen(answer)), answers[index]);
      assert.deepEqual(row.push(frozen(answer)), [answers[index]]);
    }
    assert.deepEqual(row.end(), []);
    const foreign = ANSWERED[dialect]("other")[0] ?? {};
    assert.equal(row.whole(foreign), foreign);
  });

  Deno.test(`tool-names leaves names that are taken: ${dialect}`, () => {
    const asked = ASKED[dialect]("mcp__files__read-1");
    assertLeaves(toolNames, subject, asked);
    assert.deepEqual(concerned([answeredToolNames], { subject, asked }), []);
    assert.deepEqual(concerned([answeredToolNames], { subject, asked: null }), []);
    for (const odd of [{ tools: null }, { tools: [null, 1, { name: 5 }, { function: null }] }]) {
      assertLeaves(toolNames, subject, odd);
    }
  });
}

Deno.test("tool-names there and back is the identity, for any names in any dialect", () => {
  const name = fc.oneof(
    fc.string({ maxLength: 100 }),
    fc.string({ unit: fc.constantFrom(..."ab._-/"), maxLength: 70 }),
    // Names that are what others become.
    fc.constantFrom("a.b", "a/b", "").map(takenName),
  );
  const names = fc.uniqueArray(name, { minLength: 1, maxLength: 8 });
  const dialects = fc.constantFrom("chat", "anthropic", "responses", "gemini");
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.constantFrom("a.b", "a/b", ""), { maxLength: 3 }),
      names,
      dialects,
      (base, more, dialect) => {
        const subject = subjectOf("m", { dialect: dialect as Dialect });
        const all = [...new Set([...base, ...more])];
        const asked = frozen(merged(all.map(ASKED[subject.dialect])));
        const sent = mendOnce(toolNames, subject, asked);
        const upstream: string[] = [];
        mapAskedNames({ tools: sent["tools"] ?? [] }, subject.dialect, (name) => {
          upstream.push(name);
          return name;
        });
        assert(upstream.every((name) => isTaken(name) || name === "some.body"), upstream.join());
        const renames = renamesOf(asked, subject.dialect);
        const there = all.map((name) => renames.get(name) ?? name);
        assert.equal(new Set(there).size, all.length, "no two share a name");
        const row = new MachineRow([answeredToolNames], { subject, asked });
        all.forEach((name, index) => {
          assert.deepEqual(
            ANSWERED[subject.dialect](there[index] ?? "").map((answer) => row.whole(answer)),
            ANSWERED[subject.dialect](name),
          );
        });
      },
    ),
  );
});

/** All requests in one. */
function merged(bodies: readonly JsonObject[]): JsonObject {
  return bodies.reduce((all, body) => ({
    ...body,
    tools: [...(all["tools"] ?? []) as JsonObject[], ...body["tools"] as JsonObject[]],
  }), {});
}

Deno.test("tool-names finds a name wherever it alone is foreign", () => {
  const rows: readonly (readonly [Dialect, (name: string) => JsonObject])[] = [
    ["chat", (name) => ({ tools: [{ type: "function", function: { name } }] })],
    ["chat", (name) => ({ functions: [{ name }] })],
    ["anthropic", (name) => ({ tools: [{ name }] })],
    ["responses", (name) => ({ tools: [{ type: "function", name }] })],
    ["responses", (name) => ({ tools: [{ type: "namespace", name: "n", tools: [{ name }] }] })],
    ["gemini", (name) => ({ tools: [{ functionDeclarations: [{ name }] }] })],
    ["gemini", (name) => ({ tools: [{ "function_declarations": [{ name }] }] })],
    ["chat", (name) => ({ messages: [{ role: "tool", name }] })],
    ["chat", (name) => ({ messages: [{ role: "assistant", "function_call": { name } }] })],
    ["chat", (name) => ({ messages: [{ "tool_calls": [null, { function: { name } }] }] })],
    ["anthropic", (name) => ({ messages: [{ content: [{ type: "tool_use", name }] }] })],
    ["anthropic", (name) => ({
      messages: [{
        content: [{
          type: "tool_result",
          content: [null, { type: "tool_reference", "tool_name": name }],
        }],
      }],
    })],
    ["responses", (name) => ({ input: [{ type: "function_call", name }] })],
    ["responses", (name) => ({ input: [{ type: "custom_tool_call", name }] })],
    ["gemini", (name) => ({ contents: [{ role: "model", parts: [{ functionCall: { name } }] }] })],
    [
      "gemini",
      (name) => ({ contents: [{ role: "user", parts: [{ "function_response": { name } }] }] }),
    ],
  ];
  for (const [dialect, body] of rows) {
    const subject = subjectOf("m", { dialect });
    assert.deepEqual(mendOnce(toolNames, subject, body("a.b")), body(takenName("a.b")));
    assertLeaves(toolNames, subject, body("a_b"));
  }
});

Deno.test("takenName() gives a name that hangs on nothing else", () => {
  assert.equal(takenName("fs.read"), takenName("fs.read"));
  for (const name of ["x".repeat(300), "", "é", "\u{1f600}"]) {
    assert(isTaken(takenName(name)), name);
  }
  const first = renamesOf({ tools: [{ name: "a.b" }] }, "anthropic");
  const second = renamesOf({ tools: [{ name: "c.d" }, { name: "a.b" }] }, "anthropic");
  assert.equal(first.get("a.b"), second.get("a.b"));
});

Deno.test("isTaken() holds for letters, digits, _ and -, one to 64 of them", () => {
  const pattern = /^[a-zA-Z0-9_-]{1,64}$/;
  const names = Array.from({ length: 512 }, (_, code) => String.fromCharCode(code));
  for (const name of ["", "a".repeat(64), "a".repeat(65), "\ud83d", "a\n", ...names]) {
    assert.equal(isTaken(name), pattern.test(name), JSON.stringify(name));
    assert.equal(isTaken(`a${name}z`), pattern.test(`a${name}z`), JSON.stringify(name));
  }
});

/**
 * Defects of the filter before this one that concern requests, by their numbers, each as a test
 * that its behaviour fails.
 */

import assert from "node:assert/strict";
import type { Json, JsonObject } from "../proxy/repairs/json.ts";
import { utf8 } from "./support/bytes.ts";
import { startProxy } from "./support/proxy_fixture.ts";
import { startRawUpstream, wholeAnswer } from "./support/raw_upstream.ts";
import { mendAll, subjectOf } from "./support/repair_check.ts";

const CLAUDE = subjectOf("databricks-claude-opus-4-8");
const ANTHROPIC = subjectOf("databricks-claude-opus-4-8", { dialect: "anthropic" });
const ask = { role: "user", content: "go" };

/** Bodies on which it closed the connection without an answer. */
const HOSTILE: readonly Json[] = [
  [],
  [{ role: "user" }],
  null,
  "text",
  { messages: null },
  { messages: ["text", 1, null, [], {}] },
  { messages: [{ role: "user", content: [{ type: "text", text: null }, null, 1] }] },
  { messages: [{ role: "assistant", "tool_calls": [null, { function: null }, "x"] }] },
  { messages: { role: "user" } },
  { messages: [], tools: [null, { function: null }, { function: { parameters: null } }] },
  { messages: [], tools: null, "tool_choice": null },
];

Deno.test("defect 6: a request of any shape is answered", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin });
  const paths = ["/v1/chat/completions", "/anthropic/v1/messages", "/openai/v1/responses"];
  for (const model of ["databricks-claude-opus-4-8", "databricks-gpt-oss-120b"]) {
    for (const path of paths) {
      for (const each of HOSTILE) {
        const isBody = typeof each === "object" && each !== null && !Array.isArray(each);
        const body = JSON.stringify(isBody ? { model, ...each } : each);
        const response = await proxy.post(path, utf8(body));
        assert.equal(await response.text(), "{}", `${path}: ${body}`);
      }
    }
  }
  assert.equal(workspace.requests.length, 2 * paths.length * HOSTILE.length);
});

Deno.test("defect 24: models that tell usage in streams are still asked for it", () => {
  const body = { stream: true, "stream_options": { "include_usage": true } };
  for (const model of ["databricks-claude-opus-4-8", "databricks-gpt-5-5", "my-endpoint"]) {
    assert.equal(mendAll(body, subjectOf(model, { isStream: true })), body);
  }
});

Deno.test("defect 25: no assistant is left with an empty list, which is refused as well", () => {
  const empty = { role: "assistant", content: [{ type: "text", text: " " }] };
  for (const subject of [CLAUDE, ANTHROPIC]) {
    for (const messages of [[ask, empty], [ask, empty, ask], [empty, ask, empty, empty, ask]]) {
      const text = JSON.stringify(mendAll({ messages }, subject));
      assert(!text.includes("[]") && !text.includes('"text":" "'), text);
    }
  }
});

Deno.test("defect 25: a dot is put into a history only where something must stand", () => {
  const silent = { role: "assistant", content: null };
  const said = { role: "assistant", content: "done" };
  const dotsIn = (messages: Json): number =>
    JSON.stringify(mendAll({ messages }, CLAUDE)).split('"."').length - 1;
  assert.equal(dotsIn([ask, silent, said, ask, silent]), 0);
  assert.equal(dotsIn([ask, silent, ask]), 1);
});

Deno.test("defect 25: an empty text beside calls becomes no dot, which would be something said", () => {
  const calls = [{ id: "a", type: "function", function: { name: "f" } }];
  const messages = [
    { role: "assistant", content: "", "tool_calls": calls },
    { role: "tool", "tool_call_id": "a", content: "ok" },
  ];
  const mended = mendAll({ messages }, CLAUDE);
  assert.deepEqual(mended, { messages: [{ ...messages[0], content: " " }, messages[1]] });
});

Deno.test("defect 25: a call without a result gets one, in every dialect", () => {
  const call = { id: "a", type: "function", function: { name: "f" } };
  const cases: readonly (readonly [JsonObject, RegExp])[] = [
    [
      { messages: [{ role: "assistant", content: null, "tool_calls": [call] }, ask] },
      /"role":"tool","tool_call_id":"a"/,
    ],
    [
      { messages: [{ role: "assistant", content: [{ type: "tool_use", id: "a" }] }, ask] },
      /"type":"tool_result","tool_use_id":"a"/,
    ],
    [{ input: [{ type: "function_call", "call_id": "a" }, ask] }, /"type":"function_call_output"/],
  ];
  (["chat", "anthropic", "responses"] as const).forEach((dialect, index) => {
    const [body, result] = cases[index] ?? [{}, /./];
    const subject = subjectOf("databricks-claude-opus-4-8", { dialect });
    assert.match(JSON.stringify(mendAll(body, subject)), result);
  });
});

Deno.test("defect 25: a result that comes after something else is moved to its call, not lost", () => {
  const calls = [{ id: "a", type: "function", function: { name: "f" } }];
  const calling = { role: "assistant", content: null, "tool_calls": calls };
  const result = { role: "tool", "tool_call_id": "a", content: "ok" };
  assert.deepEqual(mendAll({ messages: [calling, ask, result] }, CLAUDE), {
    messages: [calling, result, ask],
  });
});

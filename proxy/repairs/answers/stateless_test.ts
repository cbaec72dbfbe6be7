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
import type { Json, JsonObject } from "../json.ts";
import type { AnswerRepair } from "../repair.ts";
import { finishReason } from "./finish_reason.ts";
import { listContent } from "./list_content.ts";
import { nullDelta } from "./null_delta.ts";
import { nullUsage } from "./null_usage.ts";

const wholeOf = (repair: AnswerRepair, body: JsonObject) => repair.begin(CONTEXT).whole(body);
const saying = (message: JsonObject) => ({ choices: [{ index: 0, message }] });
const one = (repair: AnswerRepair, event: JsonObject) => mendAll([repair], [event]).events[0];

const PARTS: Json = [
  {
    type: "reasoning",
    summary: [
      { type: "summary_text", text: "I ", signature: "s" },
      { type: "summary_text", text: "think" },
      { type: "summary_encrypted_text", data: "x" },
    ],
  },
  { type: "text", text: "Hel" },
  { type: "text", text: "lo", citations: [] },
  { type: "image_url" },
  null,
];

Deno.test("list-content: parts become one text, reasoning is kept beside it", () => {
  const said = { content: "Hello", "reasoning_content": "I think" };
  assert.deepEqual(one(listContent, chunkOf({ content: PARTS })), chunkOf(said));
  assert.deepEqual(wholeOf(listContent, saying({ content: PARTS })), saying(said));
});

Deno.test("list-content: only what is a list is touched, and nothing is made up", () => {
  assert.deepEqual(one(listContent, chunkOf({ content: [] })), chunkOf({ content: "" }));
  const thinking = [{ type: "thinking", thinking: "hm" }, { type: "text", text: null }];
  assert.deepEqual(
    one(listContent, chunkOf({ content: thinking, "reasoning_content": "given" })),
    chunkOf({ content: "", "reasoning_content": "given" }),
  );
  for (const delta of [{ content: "x" }, { content: null }, { role: "assistant" }, {}, null]) {
    const event = chunkOf(delta);
    assert.equal(one(listContent, event), event);
  }
});

Deno.test("finish-reason: stop becomes tool_calls where the choice called, in any chunk", () => {
  const separate = [
    callChunk(opening("bash", "")),
    callChunk(fragment("{}")),
    chunkOf({}, { finish: "stop" }),
  ];
  const together = [callChunk(opening("bash", "{}"), { finish: "stop" })];
  for (const before of [separate, together]) {
    const { events, fired } = mendAll([finishReason], before);
    assert.equal(readChat(events).get(0)?.finish, "tool_calls");
    assert.deepEqual(fired, ["finish-reason"]);
  }
});

Deno.test("finish-reason: choices that did not call, and other reasons, stay", () => {
  const { events, fired } = mendAll([finishReason], [
    callChunk(opening("bash", "{}"), { choice: 1 }),
    chunkOf({ content: "x", "tool_calls": [] }, { finish: "stop" }),
    chunkOf({}, { index: 1, finish: "length" }),
  ]);
  assert.equal(readChat(events).get(0)?.finish, "stop");
  assert.equal(readChat(events).get(1)?.finish, "length");
  assert.deepEqual(fired, []);
});

Deno.test("finish-reason: a whole answer's is right as well", () => {
  const calls: Json = [{ id: "x", function: { name: "bash", arguments: "{}" } }];
  const body = (reason: string, said: Json): JsonObject => ({
    choices: [{ message: { "tool_calls": said }, "finish_reason": reason }],
  });
  assert.deepEqual(wholeOf(finishReason, body("stop", calls)), body("tool_calls", calls));
  for (const same of [body("stop", []), body("stop", null), body("length", calls)]) {
    assert.equal(wholeOf(finishReason, same), same);
  }
});

Deno.test("null-delta: nulls that clients crash on are left out", () => {
  assert.deepEqual(one(nullDelta, chunkOf(null)), chunkOf({}));
  assert.deepEqual(
    one(nullDelta, chunkOf({ role: null, content: null, "tool_calls": null })),
    chunkOf({ content: null }),
  );
  assert.deepEqual(
    one(nullDelta, chunkOf({ "tool_calls": [null, { index: 0, function: null }] })),
    chunkOf({ "tool_calls": [{ index: 0, function: {} }] }),
  );
  assert.deepEqual(one(nullDelta, { id: "x", choices: null }), { id: "x", choices: [] });
  assert.deepEqual(
    wholeOf(nullDelta, saying({ content: "x", "tool_calls": null })),
    saying({ content: "x" }),
  );
  const fine = chunkOf({ role: "assistant", content: null });
  assert.equal(one(nullDelta, fine), fine);
});

Deno.test("null-usage: counts that are null become numbers, or no usage", () => {
  const mended = (usage: Json) => one(nullUsage, { ...chunkOf({}), usage })?.usage;
  const none = { "prompt_tokens": null, "completion_tokens": null, "total_tokens": null };
  assert.equal(mended(none), null);
  assert.deepEqual(mended({ ...none, "prompt_tokens": 7 }), {
    "prompt_tokens": 7,
    "completion_tokens": 0,
    "total_tokens": 7,
  });
  const extra = {
    "prompt_tokens": 7,
    "completion_tokens": 1,
    "total_tokens": 9,
    "reasoning_tokens": null,
    "prompt_tokens_details": null,
  };
  const { "reasoning_tokens": _, ...rest } = extra;
  assert.deepEqual(mended(extra), rest);
  for (const usage of [null, rest, {}, "x"]) {
    const event = { ...chunkOf({}), usage };
    assert.equal(one(nullUsage, event), event);
  }
});

import assert from "node:assert/strict";
import { answerDeltas } from "./answers.ts";
import { readPrompt } from "./prompt.ts";

Deno.test("readPrompt() finds the last user text in every dialect", () => {
  const bodies = [
    { messages: [{ role: "user", content: "ask" }, { role: "assistant", content: "no" }] },
    { messages: [{ role: "user", content: [{ type: "text", text: "ask" }] }] },
    { input: "ask" },
    { input: [{ role: "user", content: [{ type: "input_text", text: "ask" }] }] },
    { contents: [{ role: "user", parts: [{ text: "ask" }] }, { role: "model", parts: [] }] },
  ];
  assert.deepEqual(bodies.map((body) => readPrompt(body).userText), bodies.map(() => "ask"));
});

Deno.test("readPrompt() looks past a user message that only carries tool results", () => {
  const toolResult = { type: "tool_result", "tool_use_id": "t", content: "x" };
  const messages = [{ role: "user", content: "ask" }, { role: "user", content: [toolResult] }];
  assert.equal(readPrompt({ messages }).userText, "ask");
});

Deno.test("readPrompt() reads directives from all parts and keeps them in range", () => {
  const content = [{ text: "[[stream 99999]]" }, { text: "hi [[slow 7]]" }];
  const prompt = readPrompt({ messages: [{ role: "user", content }] });
  assert.deepEqual([prompt.deltaCount, prompt.paceMs], [10_000, 7]);
  assert.equal(readPrompt({ input: "[[stream 0]]" }).deltaCount, 1);
  assert.equal(readPrompt({ input: "stream 5" }).deltaCount, null);
});

Deno.test("readPrompt() makes nothing of bodies that are no prompts", () => {
  for (const body of [null, [], "x", { messages: 1 }, { messages: [null, 3] }]) {
    assert.equal(readPrompt(body).userText, "");
  }
});

Deno.test("answerDeltas() quotes 60 characters and splits no emoji", () => {
  const deltas = answerDeltas("m", { userText: "🦕".repeat(70), deltaCount: null });
  assert.equal(deltas.join(""), `Hello from m. You said: "${"🦕".repeat(60)}".`);
  assert.ok(deltas.every((delta) => delta.isWellFormed() && delta !== ""));
});

Deno.test("answerDeltas() gives as many pieces as asked for", () => {
  for (const deltaCount of [1, 3, 6, 7, 10_000]) {
    const deltas = answerDeltas("m", { userText: "hi", deltaCount });
    assert.equal(deltas.length, deltaCount);
    assert.ok(deltas.join("").startsWith('Hello from m. You said: "hi".'));
  }
});

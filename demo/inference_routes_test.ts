import assert from "node:assert/strict";
import { startWorkspace, type Workspace } from "./workspace.ts";

interface SseEvent {
  readonly event: string | null;
  readonly data: string;
}

/** Every block must be complete: text after the last blank line is a cut stream. */
function parseEvents(text: string): SseEvent[] {
  const blocks = text.split("\n\n");
  assert.equal(blocks.pop(), "", "the stream ends with a blank line");
  return blocks.map((block) => {
    const lines = block.split("\n").map((line) => line.split(/: (.*)/s));
    const field = (name: string) => lines.find(([key]) => key === name)?.[1] ?? null;
    assert.ok(lines.every(([key]) => key === "event" || key === "data"), block);
    return { event: field("event"), data: field("data") ?? "" };
  });
}

interface Asked {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
}

async function ask(workspace: Workspace, path: string, body: unknown): Promise<Asked> {
  const { value } = workspace.issue({ lifetimeMs: null });
  const response = await fetch(workspace.origin + path, {
    method: "POST",
    headers: { authorization: `Bearer ${value}` },
    body: JSON.stringify(body),
  });
  const type = response.headers.get("content-type");
  return { status: response.status, type, text: await response.text() };
}

const TEXT = 'Hello from m. You said: "hi there".';
const USER = { role: "user", content: "hi there" };
const CONTENTS = [{ role: "user", parts: [{ text: "hi there" }] }];

Deno.test("chat streams a role, six deltas, a finish reason, the usage and [DONE]", async () => {
  await using workspace = startWorkspace();
  const paths = [
    "/ai-gateway/mlflow/v1/chat/completions",
    "/ai-gateway/openai/v1/chat/completions",
    "/mlflow/v1/chat/completions",
    "/openai/v1/chat/completions",
    "/serving-endpoints/chat/completions",
    "/serving-endpoints/m/invocations",
  ];
  for (const path of paths) {
    const options = { stream: true, "stream_options": { include_usage: true } };
    const model = path.endsWith("invocations") ? {} : { model: "m" };
    const asked = await ask(workspace, path, { ...model, messages: [USER], ...options });
    assert.equal(asked.type, "text/event-stream");
    const events = parseEvents(asked.text);
    assert.equal(events.pop()?.data, "[DONE]");
    const chunks = events.map(({ data }) => JSON.parse(data));
    assert.equal(chunks.length, 1 + 6 + 1 + 1);
    assert.ok(chunks.every(({ object }) => object === "chat.completion.chunk"));
    assert.equal(new Set(chunks.map((chunk) => chunk.id)).size, 1);
    assert.deepEqual(chunks[0].choices[0].delta, { role: "assistant", content: "" });
    const deltas = chunks.slice(1, 7).map((chunk) => chunk.choices[0].delta.content);
    assert.equal(deltas.join(""), TEXT);
    assert.deepEqual(
      chunks.map((chunk) => chunk.choices[0]?.finish_reason),
      [...Array(7).fill(null), "stop", undefined],
    );
    assert.deepEqual(chunks[8].choices, []);
    assert.equal(chunks[8].usage.completion_tokens, 6);
  }
});

Deno.test("chat sends no usage chunk unless it is asked for, and one JSON without stream", async () => {
  await using workspace = startWorkspace();
  const path = "/serving-endpoints/chat/completions";
  const streamed = await ask(workspace, path, { model: "m", messages: [USER], stream: true });
  assert.ok(!streamed.text.includes("usage"));
  const whole = await ask(workspace, path, { model: "m", messages: [USER] });
  assert.equal(whole.type, "application/json");
  const { object, choices, usage } = JSON.parse(whole.text);
  assert.equal(object, "chat.completion");
  assert.deepEqual(choices, [
    { index: 0, message: { role: "assistant", content: TEXT }, finish_reason: "stop" },
  ]);
  assert.equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
});

Deno.test("Responses streams its events in order and closes with the whole response", async () => {
  await using workspace = startWorkspace();
  const paths = [
    "/ai-gateway/codex/v1/responses",
    "/ai-gateway/openai/v1/responses",
    "/ai-gateway/mlflow/v1/responses",
    "/codex/v1/responses",
    "/openai/v1/responses",
    "/mlflow/v1/responses",
    "/serving-endpoints/responses",
  ];
  for (const path of paths) {
    const asked = await ask(workspace, path, { model: "m", input: [USER], stream: true });
    const events = parseEvents(asked.text);
    const values = events.map(({ data }) => JSON.parse(data));
    assert.deepEqual(values.map(({ type }) => type), [
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.content_part.added",
      ...Array(6).fill("response.output_text.delta"),
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed",
    ]);
    assert.deepEqual(events.map(({ event }) => event), values.map(({ type }) => type));
    assert.deepEqual(values.map((value) => value.sequence_number), values.map((_, at) => at));
    const itemIds = values.map((value) => value.item_id ?? value.item?.id).filter(Boolean);
    assert.equal(new Set(itemIds).size, 1);
    assert.equal(values.slice(4, 10).map(({ delta }) => delta).join(""), TEXT);
    assert.equal(values[10].text, TEXT);
    assert.equal(values[0].response.status, "in_progress");
    const { response } = values[13];
    assert.equal(response.status, "completed");
    assert.deepEqual(response.output, [values[12].item]);
    assert.equal(response.output[0].content[0].text, TEXT);
    assert.equal(response.usage.output_tokens, 6);
    const whole = await ask(workspace, path, { model: "m", input: "hi there" });
    assert.equal(JSON.parse(whole.text).output[0].content[0].text, TEXT);
  }
});

Deno.test("Anthropic streams its events in order, and counts tokens", async () => {
  await using workspace = startWorkspace();
  for (const prefix of ["/ai-gateway", "", "/serving-endpoints"]) {
    const path = `${prefix}/anthropic/v1/messages`;
    const body = { model: "m", "max_tokens": 9, messages: [USER] };
    const asked = await ask(workspace, `${path}?beta=true`, { ...body, stream: true });
    const events = parseEvents(asked.text);
    const values = events.map(({ data }) => JSON.parse(data));
    assert.deepEqual(values.map(({ type }) => type), [
      "message_start",
      "content_block_start",
      "ping",
      ...Array(6).fill("content_block_delta"),
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
    assert.deepEqual(events.map(({ event }) => event), values.map(({ type }) => type));
    assert.deepEqual(values[0].message.content, []);
    assert.equal(values[0].message.model, "m");
    assert.equal(values[0].message.stop_reason, null);
    assert.equal(values.slice(3, 9).map(({ delta }) => delta.text).join(""), TEXT);
    assert.equal(values[10].delta.stop_reason, "end_turn");
    assert.equal(values[10].usage.output_tokens, 6);
    const whole = JSON.parse((await ask(workspace, path, body)).text);
    assert.deepEqual(whole.content, [{ type: "text", text: TEXT }]);
    assert.equal(whole.stop_reason, "end_turn");
    const counted = JSON.parse((await ask(workspace, `${path}/count_tokens`, body)).text);
    assert.deepEqual(counted, { input_tokens: Math.ceil(JSON.stringify(body).length / 4) });
  }
});

Deno.test("Gemini streams events with alt=sse, a JSON array without, and one JSON when asked whole", async () => {
  await using workspace = startWorkspace();
  for (const prefix of ["/ai-gateway", "", "/serving-endpoints"]) {
    const path = `${prefix}/gemini/v1beta/models/m`;
    const body = { contents: CONTENTS };
    const streamed = await ask(workspace, `${path}:streamGenerateContent?alt=sse`, body);
    assert.equal(streamed.type, "text/event-stream");
    const array = await ask(workspace, `${path}:streamGenerateContent`, body);
    assert.equal(array.type, "application/json");
    const chunkLists = [
      parseEvents(streamed.text).map(({ data }) => JSON.parse(data)),
      JSON.parse(array.text),
    ];
    for (const chunks of chunkLists) {
      const candidates = chunks.map((chunk: { candidates: unknown[] }) => chunk.candidates[0]);
      const texts = candidates.map((candidate: { content: { parts: { text: string }[] } }) =>
        candidate.content.parts[0]?.text
      );
      assert.equal(texts.length, 6);
      assert.equal(texts.join(""), TEXT);
      assert.deepEqual(
        candidates.map((candidate: { finishReason?: string }) => candidate.finishReason),
        [...Array(5).fill(undefined), "STOP"],
      );
      assert.equal(chunks.at(-1).usageMetadata.candidatesTokenCount, 6);
    }
    const whole = JSON.parse((await ask(workspace, `${path}:generateContent`, body)).text);
    assert.equal(whole.candidates[0].content.parts[0].text, TEXT);
    const counted = JSON.parse((await ask(workspace, `${path}:countTokens`, body)).text);
    assert.deepEqual(Object.keys(counted), ["totalTokens"]);
  }
});

Deno.test("[[stream N]] and [[slow MS]] set the length and the pace of one answer", async () => {
  await using workspace = startWorkspace();
  const path = "/serving-endpoints/chat/completions";
  const body = (content: string) => ({
    model: "m",
    messages: [{ role: "user", content }],
    stream: true,
  });
  const long = parseEvents((await ask(workspace, path, body("[[stream 2000]]"))).text);
  assert.equal(long.length, 1 + 2000 + 1 + 1);
  const slow = parseEvents((await ask(workspace, path, body("[[stream 1]] [[slow 1]]"))).text);
  assert.equal(slow.length, 1 + 1 + 1 + 1);
});

Deno.test("a model that does not exist is refused where models were given", async () => {
  await using workspace = startWorkspace({ models: ["databricks-a"] });
  const path = "/serving-endpoints/chat/completions";
  assert.equal((await ask(workspace, path, { model: "system.ai.a" })).status, 200);
  const unknown = await ask(workspace, path, { model: "x" });
  assert.equal(unknown.status, 404);
  assert.deepEqual(JSON.parse(unknown.text), {
    error_code: "RESOURCE_DOES_NOT_EXIST",
    message: "Endpoint with name 'x' does not exist.",
  });
  const none = await ask(workspace, path, {});
  assert.equal(none.status, 400);
});

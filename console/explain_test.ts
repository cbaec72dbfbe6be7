import assert from "node:assert/strict";
import { without } from "../proxy/repairs/json.ts";
import type { RequestRepair } from "../proxy/repairs/repair.ts";
import { ConfigError } from "../support/errors.ts";
import { readCaptured } from "./captured.ts";
import { explainRequest, renderExplained } from "./explain.ts";

function dropping(key: string): RequestRepair {
  return {
    name: `no-${key}`,
    summary: `${key} is refused`,
    evidence: `https://example.com/${key}`,
    dialects: ["chat"],
    serves: () => true,
    mend: (body) => without(body, [key]),
  };
}

const REPAIRS = [dropping("store"), dropping("name"), dropping("seed")];
const BODY = '{"model":"m","store":true,"messages":[],"seed":1}';

function explain(text: string, off: readonly string[] = []): string {
  const captured = readCaptured(text, { name: "request", dialect: null });
  const explained = explainRequest(captured, { repairs: REPAIRS, off, mode: "ai-gateway" });
  return renderExplained(captured, { explained, color: "plain" });
}

Deno.test("explain shows what each repair changes, after those before it", () => {
  assert.equal(
    explain(BODY),
    [
      "a request in the dialect chat (known from the shape of the body)",
      "",
      "no-store: store is refused",
      "  https://example.com/store",
      "--- body",
      "+++ body",
      "@@ -1,6 +1,5 @@",
      " {",
      '   "model": "m",',
      '-  "store": true,',
      '   "messages": [],',
      '   "seed": 1',
      " }",
      "",
      "no-seed: seed is refused",
      "  https://example.com/seed",
      "--- body",
      "+++ body",
      "@@ -1,5 +1,4 @@",
      " {",
      '   "model": "m",',
      '-  "messages": [],',
      '-  "seed": 1',
      '+  "messages": []',
      " }",
      "",
    ].join("\n"),
  );
});

Deno.test("explain leaves out what is switched off, and says that nothing would change", () => {
  assert.doesNotMatch(explain(BODY, ["no-store"]), /no-store/);
  assert.match(explain('{"messages":[]}'), /no repair would change it/);
});

Deno.test("explain paints what goes and what comes", () => {
  const captured = readCaptured(BODY, { name: "request", dialect: null });
  const explained = explainRequest(captured, { repairs: REPAIRS, off: [], mode: "ai-gateway" });
  const text = renderExplained(captured, { explained, color: "color" });
  assert(text.includes('\u001b[31m-  "store": true,\u001b[0m'));
});

for (
  const [text, dialect] of [
    ['{"contents":[]}', "gemini"],
    ['{"input":"x"}', "responses"],
    ['{"messages":[{"role":"user","content":[{"type":"tool_result"}]}]}', "anthropic"],
    ['{"messages":[],"tools":[{"name":"x","input_schema":{}}]}', "anthropic"],
    ['\ufeff{"messages":[{"role":"user","content":"\\"system\\":"}]}', "chat"],
    ["POST /v1/messages?beta=true HTTP/1.1\nHost: h\n\n{}", "anthropic"],
    ["POST http://127.0.0.1:4000/serving-endpoints/chat/completions HTTP/1.1\r\n\r\n{}", "chat"],
    ["POST /gemini/v1beta/models/g:streamGenerateContent?alt=sse HTTP/1.1\r\n\r\n{}", "gemini"],
  ] as const
) {
  Deno.test(`a capture that begins with ${text.slice(0, 40)} speaks ${dialect}`, () => {
    assert.equal(readCaptured(text, { name: "x", dialect: null }).route.dialect, dialect);
  });
}

for (
  const [text, reason] of [
    ["", /no JSON object/],
    ["[1]", /no JSON object/],
    ["POST /v1/embeddings HTTP/1.1\r\n\r\n{}", /does not forward/],
    ["GET /v1/models HTTP/1.1\r\n\r\n{}", /does not forward/],
  ] as const
) {
  Deno.test(`${JSON.stringify(text)} is no capture`, () => {
    const read = () => readCaptured(text, { name: "x", dialect: null });
    assert.throws(read, (error) => error instanceof ConfigError && reason.test(error.message));
  });
}

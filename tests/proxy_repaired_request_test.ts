/**
 * Requests through the proxy: what endpoints refuse is mended on the way, nothing else changes by
 * a byte, and the answer says what was done.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { conversation } from "../bench/repairs/conversations.ts";
import type { JsonObject } from "../proxy/repairs/json.ts";
import { REQUEST_REPAIRS } from "../proxy/repairs/table.ts";
import { utf8 } from "./support/bytes.ts";
import { type ProxyFixture, startProxy } from "./support/proxy_fixture.ts";
import { type Answer, startRawUpstream, wholeAnswer } from "./support/raw_upstream.ts";
import { anyBroken } from "./support/strict/any_broken.ts";
import { MODELS, type StrictModel } from "./support/strict/models.ts";
import { anthropicComplaints } from "./support/strict/strict_anthropic.ts";
import { chatComplaints } from "./support/strict/strict_chat.ts";
import { responsesComplaints } from "./support/strict/strict_responses.ts";

const PATHS = {
  chat: "/v1/chat/completions",
  anthropic: "/anthropic/v1/messages",
  responses: "/openai/v1/responses",
} as const;
type Mended = keyof typeof PATHS;
const DIALECTS = Object.keys(PATHS) as readonly Mended[];
const ON_GATEWAY = { upstreamMode: "ai-gateway", maxBodyBytes: 4_000_000 } as const;

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

Deno.test("a conversation of 1 MB that needs no repair arrives byte for byte", async () => {
  await using upstream = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: upstream.origin, config: ON_GATEWAY });
  for (const dialect of DIALECTS) {
    const { body } = conversation(dialect, { bytes: 1_000_000, health: "sound" });
    const text = JSON.stringify(body, null, 1).replace("{", '{ "user_number" : 1.0e0,');
    assert(text.length > 900_000);
    const response = await proxy.post(PATHS[dialect], utf8(text));
    await response.body?.cancel();
    assert.equal(response.headers.get("x-keyturn-repairs"), null);
    assert.equal(decode(upstream.requests.at(-1)?.body ?? utf8("")), text, dialect);
  }
});

Deno.test("a request that is mended differs only where it was", async () => {
  await using upstream = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: upstream.origin, config: ON_GATEWAY });
  const before =
    `{ "model" : "databricks-claude-opus-4-8",\r\n\t"metadata": {"n": 1.0, "e": "\\u00e9\\/"},
    "temperature": 1.0, "max_tokens" :1e3, "messages": [
      {"role":"user", "content":[ {"type":"text","text":"\\u0068i"}, {"type":"text","text":""} ]},
      {"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{"x":1.50}}]},
      {"role":"user","content":[{"type":"tool_result","tool_use_id":"b","content":"old"},
                                {"type":"tool_result","tool_use_id":"a","content":"ok" }]}
    ] }`;
  const after = before
    .replace(`"temperature": 1.0, `, "")
    .replace(`, {"type":"text","text":""}`, "")
    .replace(/\{"type":"tool_result","tool_use_id":"b"[^}]*\},\s*/, "");
  const response = await proxy.post(PATHS.anthropic, utf8(before));
  await response.body?.cancel();
  assert.equal(
    response.headers.get("x-keyturn-repairs"),
    "sampling-params,blank-text,orphan-results",
  );
  assert.equal(decode(upstream.requests.at(-1)?.body ?? utf8("")), after);
});

Deno.test("a repair that is switched off leaves its trouble to the endpoint", async () => {
  await using upstream = startRawUpstream(wholeAnswer("{}"));
  const config = { ...ON_GATEWAY, repairsOff: ["sampling-params"] };
  await using proxy = await startProxy({ upstream: upstream.origin, config });
  const body = { model: "databricks-claude-opus-4-8", temperature: 1, store: true };
  const response = await proxy.post(PATHS.chat, utf8(JSON.stringify(body)));
  await response.body?.cancel();
  assert.equal(response.headers.get("x-keyturn-repairs"), "store");
  const { store: _, ...rest } = body;
  assert.deepEqual(JSON.parse(decode(upstream.requests.at(-1)?.body ?? utf8(""))), rest);
});

/** An endpoint that says in 400s what it does not take. */
function strict(dialect: Mended): Answer {
  return (request, connection) => {
    const body = JSON.parse(decode(request.body));
    const model = MODELS.find(({ name }) => name === body.model);
    const said = model === undefined ? ["no such model"] : complaints(dialect, body, model);
    const answer = said.length === 0
      ? wholeAnswer("fine")
      : wholeAnswer(said.join("\n"), { status: "400 Bad Request" });
    return answer(request, connection);
  };
}

function complaints(dialect: Mended, body: JsonObject, model: StrictModel): readonly string[] {
  if (dialect === "anthropic") return anthropicComplaints(body, { model, mode: "ai-gateway" });
  if (dialect === "responses") return responsesComplaints(body, { model });
  return chatComplaints(body, { model, isStream: body.stream === true });
}

async function countRefused(
  proxy: ProxyFixture,
  path: string,
  bodies: readonly JsonObject[],
): Promise<readonly string[]> {
  const refused: string[] = [];
  for (const body of bodies) {
    const response = await proxy.post(path, utf8(JSON.stringify(body)));
    const text = await response.text();
    if (response.status !== 200) refused.push(`${response.status} ${text}`);
  }
  return refused;
}

const FAMILIES = { chat: null, anthropic: "claude", responses: "gpt" } as const;

for (const dialect of DIALECTS) {
  Deno.test(`a strict endpoint of ${dialect} takes what it refuses without repairs`, async () => {
    const family = FAMILIES[dialect];
    const models = MODELS.filter((model) => family === null || model.family === family);
    const model = fc.constantFrom(...models.map(({ name }) => name));
    const requests = fc.tuple(model, anyBroken(dialect)).map(([name, body]) => ({
      model: name,
      ...body,
    }));
    const bodies = fc.sample(requests, 60);
    await using upstream = startRawUpstream(strict(dialect));
    const names = REQUEST_REPAIRS.map(({ name }) => name);
    await using bare = await startProxy({
      upstream: upstream.origin,
      config: { ...ON_GATEWAY, repairsOff: [...names, "learned"] },
    });
    const refused = await countRefused(bare, PATHS[dialect], bodies);
    assert(refused.length > 40, `only ${refused.length} of 60 are refused without repairs`);
    await using proxy = await startProxy({
      upstream: upstream.origin,
      config: { ...ON_GATEWAY, repairsOff: ["learned"] },
    });
    assert.deepEqual(await countRefused(proxy, PATHS[dialect], bodies), []);
  });
}

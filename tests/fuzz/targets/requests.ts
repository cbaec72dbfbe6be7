/** What callers send: targets, bodies through all repairs, captures, and lessons of rejections. */

import assert from "node:assert/strict";
import { DIALECTS, readCaptured } from "../../../console/captured.ts";
import { explainRequest, renderExplained } from "../../../console/explain.ts";
import { prepareRequest } from "../../../proxy/repaired_request.ts";
import { applyLesson } from "../../../proxy/repairs/learned/apply_lesson.ts";
import { readLessons } from "../../../proxy/repairs/learned/read_lessons.ts";
import { isObject } from "../../../proxy/repairs/json.ts";
import { Rows } from "../../../proxy/repairs/rows.ts";
import { REQUEST_REPAIRS } from "../../../proxy/repairs/table.ts";
import { parseTarget } from "../../../proxy/target.ts";
import { ConfigError } from "../../../support/errors.ts";
import { findRoute, type UpstreamTarget, upstreamUrl } from "../../../workspace/endpoints.ts";
import { utf8 } from "../../support/bytes.ts";
import { type Dice, pick } from "../../support/chaos/dice.ts";
import { type FuzzTarget, kindOf } from "../target.ts";

const MODES = ["ai-gateway", "gateway-host", "serving-endpoints"] as const;
const ROWS = new Rows(REQUEST_REPAIRS, []);
const WORKSPACE = "https://adb-1.azuredatabricks.net";

/** Path and query, and where they lead. */
export const TARGET: FuzzTarget = {
  name: "target",
  seeds: [
    "/v1/chat/completions?key=x&alt=sse",
    "/gemini/v1beta/models/m:streamGenerateContent?alt=sse&%6bey=s",
    "/serving-endpoints/name/invocations",
    "/anthropic/v1/messages/count_tokens?beta=true",
    "/ai-gateway/mlflow/v1/chat/completions",
  ],
  words: ["/../", "/./", "//evil.example", "@evil.example", "%2e%2e", "\\", "?", "#", "key=", ":"],
  check: (text, dice) => {
    // The door refuses what no request target can hold.
    const path = `/${text.replace(/[#\s\p{C}]/gu, "").replace(/^\/+/, "")}`;
    const { path: raw, search } = parseTarget(`http://127.0.0.1:4000${path}`);
    const names = Array.from(new URLSearchParams(search), ([name]) => name.replace(/^\?+/, ""));
    assert(!names.includes("key"), "the key stays here");
    const route = findRoute(pick(dice, ["POST", "GET"]), raw);
    if (route?.kind !== "forward") return route === null ? "no route" : `${route.kind}`;
    const mode = pick(dice, MODES);
    const target: UpstreamTarget = {
      mode,
      host: WORKSPACE,
      gatewayHost: "https://1.ai-gateway.cloud.databricks.com",
      chatBase: null,
      geminiBase: null,
    };
    const url = new URL(upstreamUrl(route, target, search));
    assert([target.host, target.gatewayHost].includes(url.origin), url.href);
    assert.equal(url.username + url.password + url.hash, "", url.href);
    // What was built is what is asked for: nothing is resolved or added on the way.
    assert.equal(url.pathname, route.upstream[mode], url.href);
    return `${route.dialect} ${mode} ${route.model === null}`;
  },
};

const BODIES = [
  '{"model":"databricks-claude-opus-4-8","messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"a","content":"x"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{}}}}],"stream":true,"temperature":1,"top_p":1}',
  '{"model":"databricks-gpt-5-5","input":[{"role":"user","content":[{"type":"input_text","text":"x"}]},{"type":"function_call","call_id":"a","name":"f","arguments":"{}","id":"fc_1"}],"store":true,"reasoning":{"effort":"high"}}',
  '{"model":"databricks-claude-sonnet-4-6","max_tokens":1,"system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral","scope":"x"}}],"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":""}]},{"role":"assistant","content":[{"type":"thinking","thinking":"","signature":""}]}],"thinking":{"type":"enabled","budget_tokens":5}}',
  '{"contents":[{"role":"user","parts":[{"text":""},{"functionCall":{"name":"f","args":{}}}]}],"tools":[{"functionDeclarations":[{"name":"f","parametersJsonSchema":{"$ref":"#/$defs/a","$defs":{"a":{"anyOf":[{"type":"null"},{"const":1}]}}}}]}],"generationConfig":{"temperature":2}}',
];
const JSON_WORDS = [
  '"type"',
  '"role"',
  '"content"',
  '"tool_calls"',
  '"$ref"',
  '"anyOf"',
  "null",
  "[]",
  "{}",
  '"__proto__"',
  '"properties"',
  '"#/$defs/a"',
  '"signature"',
  '"parts"',
  '"input"',
  "[[[[",
];
const ROUTES = [
  "/v1/chat/completions",
  "/v1/responses",
  "/v1/messages",
  "/gemini/v1beta/models/gemini-2.5-pro:streamGenerateContent",
];

/** Bodies through the whole row of repairs. */
export const REPAIRS: FuzzTarget = {
  name: "repairs",
  seeds: BODIES,
  words: JSON_WORDS,
  check: (text, dice) => {
    const body = utf8(text);
    const first = prepare(body, dice);
    if (first.fired.length === 0) {
      assert.equal(first.body, body, "the very same bytes");
      return "untouched";
    }
    JSON.parse(new TextDecoder().decode(first.body));
    return first.fired.join(" ");
  },
};

function prepare(body: Uint8Array<ArrayBuffer>, dice: Dice) {
  const route = findRoute("POST", pick(dice, ROUTES));
  assert(route?.kind === "forward");
  const request = { body, headers: new Headers(), route, mode: pick(dice, MODES) };
  const onBug = (error: unknown) => {
    throw error;
  };
  const steps = { rows: ROWS, lessons: null, onRepaired: () => {}, onBug };
  const once = prepareRequest(request, steps);
  const twice = prepareRequest({ ...request, body: once.body }, steps);
  assert.deepEqual(twice.fired, [], `mending twice is mending once: ${twice.fired}`);
  return once;
}

/** A capture in a file, explained. */
export const EXPLAIN: FuzzTarget = {
  name: "explain",
  seeds: [
    ...BODIES,
    `POST /v1/messages?key=k HTTP/1.1\r\nHost: x\r\n\r\n${BODIES[2]}`,
    `POST http://127.0.0.1:4000/v1/responses\n\n${BODIES[1]}`,
  ],
  words: [...JSON_WORDS, "POST ", " HTTP/1.1", "\r\n\r\n", "/v1/messages"],
  check: (text, dice) => {
    try {
      const dialect = pick(dice, [null, ...DIALECTS]);
      const captured = readCaptured(text, { name: "file", dialect });
      const mode = pick(dice, MODES);
      const explained = explainRequest(captured, { repairs: REQUEST_REPAIRS, off: [], mode });
      renderExplained(captured, { explained, color: "plain" });
      return explained.map(({ name }) => name).join(" ");
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return kindOf(error);
    }
  },
};

const SENT = JSON.parse(BODIES[0] ?? "");

/** What an endpoint's words teach. */
export const LESSONS: FuzzTarget = {
  name: "lessons",
  seeds: [
    '{"message":"Bad request: json: unknown field \\"stream_options\\""}',
    '{"error":{"message":"messages.1.tool_calls.0.id: Extra inputs are not permitted"}}',
    "temperature: 2 is above the maximum of 1",
    "Invalid JSON payload received. Unknown name \"top_p\" at 'tools[0].function': Cannot find field.",
    '{"error_code":"BAD_REQUEST","message":"{\\"error\\":{\\"message\\":\\"Unknown parameter: \'stream\'\\"}}"}',
  ],
  words: [
    "messages.0.",
    "tools[0]",
    "unknown field",
    "Unknown name",
    "Extra inputs",
    "cannot exceed",
    '"model"',
    "1e9",
  ],
  check: (text, dice) => {
    const dialect = pick(dice, DIALECTS);
    const lessons = readLessons({ dialect, status: 400, text, sent: SENT, beta: "a-1,b-2" });
    let body = SENT;
    for (const lesson of lessons) {
      body = applyLesson(body, lesson, dialect);
      assert(isObject(body));
    }
    assert.deepEqual(body.model, SENT.model, "the model stays");
    assert(Array.isArray(body.messages) && body.messages.length === 3, "the conversation stays");
    return lessons.map(({ kind }) => kind).join(" ") || "nothing";
  },
};

import assert from "node:assert/strict";
import { findRoute, type ForwardRoute } from "../workspace/endpoints.ts";
import { prepareRequest } from "./repaired_request.ts";
import { without } from "./repairs/json.ts";
import type { RequestRepair } from "./repairs/repair.ts";
import { Rows } from "./repairs/rows.ts";

const LABEL = { summary: "takes it out", evidence: "https://example.com" };
const NO_STORE: RequestRepair = {
  ...LABEL,
  name: "store",
  dialects: ["chat"],
  serves: ({ family }) => family === "claude",
  mend: (body) => without(body, ["store"]),
};
const BROKEN: RequestRepair = {
  ...LABEL,
  name: "broken",
  dialects: ["chat"],
  serves: () => true,
  mend: () => {
    throw new TypeError("a mistake");
  },
};

function routeOf(path: string): ForwardRoute {
  const route = findRoute("POST", path);
  assert(route?.kind === "forward");
  return route;
}

function prepare(text: string, options: { path?: string; off?: string[] } = {}) {
  const body = new TextEncoder().encode(text);
  const events: string[] = [];
  const route = routeOf(options.path ?? "/v1/chat/completions");
  const request = { body, headers: new Headers(), route, mode: "ai-gateway" } as const;
  const prepared = prepareRequest(request, {
    lessons: null,
    rows: new Rows([NO_STORE, BROKEN], options.off ?? []),
    onRepaired: (name, { model }) => events.push(`${name} for ${model}`),
    onBug: (error) => events.push(String(error)),
  });
  const written = new TextDecoder().decode(prepared.body);
  return { ...prepared, text: written, isSame: prepared.body === body, events };
}

Deno.test("prepareRequest() writes only what a repair changed", () => {
  const prepared = prepare('{ "model":"claude-1", "n": 1.0, "store":true }', { off: ["broken"] });
  assert.equal(prepared.text, '{ "model":"claude-1", "n": 1.0 }');
  assert.deepEqual(prepared.fired, ["store"]);
  assert.deepEqual(prepared.events, ["store for claude-1"]);
});

for (
  const [what, text, options] of [
    ["another family", '{"model":"gpt-5","store":1}', { off: ["broken"] }],
    ["a repair that is off", '{"model":"claude-1","store":1}', { off: ["store", "broken"] }],
    ["another dialect", '{"model":"claude-1","store":1}', { path: "/v1/messages" }],
    ["a list", '[{"store":1}]', {}],
    ["no JSON", '{"store":1', {}],
    ["nothing", "", {}],
  ] as const
) {
  Deno.test(`prepareRequest() lets the very same bytes out: ${what}`, () => {
    const prepared = prepare(text, { ...options, off: [...("off" in options ? options.off : [])] });
    assert(prepared.isSame);
    assert.deepEqual(prepared.fired, []);
  });
}

Deno.test("prepareRequest() goes on without a repair that fails, and says so", () => {
  const prepared = prepare('{"model":"claude-1","store":1}');
  assert.equal(prepared.text, '{"model":"claude-1"}');
  assert.deepEqual(prepared.events, ["TypeError: a mistake", "store for claude-1"]);
});

Deno.test("prepareRequest() does not even read a dialect that no repair serves", () => {
  assert.equal(prepare('{"store":1}', { path: "/v1/messages" }).read, null);
});

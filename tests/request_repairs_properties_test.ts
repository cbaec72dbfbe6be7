/**
 * What all request repairs together promise of any request: endpoints at their strictest take
 * what leaves, twice is once, nothing else is touched, and a longer conversation begins as the
 * shorter one did.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { get, isArray, isObject, type Json, type JsonObject } from "../proxy/repairs/json.ts";
import type { Subject } from "../proxy/repairs/repair.ts";
import { REQUEST_REPAIRS } from "../proxy/repairs/table.ts";
import type { UpstreamMode } from "../workspace/endpoints.ts";
import { mendAll, subjectOf } from "./support/repair_check.ts";
import { anyBroken, anyTurns } from "./support/strict/any_broken.ts";
import { MODELS, type StrictModel } from "./support/strict/models.ts";
import { anthropicComplaints } from "./support/strict/strict_anthropic.ts";
import { chatComplaints } from "./support/strict/strict_chat.ts";
import { responsesComplaints } from "./support/strict/strict_responses.ts";

const DIALECTS = ["chat", "anthropic", "responses"] as const;
type Mended = typeof DIALECTS[number];
const MODES: readonly UpstreamMode[] = ["ai-gateway", "gateway-host", "serving-endpoints"];
const RUNS = { numRuns: 300 } as const;

function modelsOf(dialect: Mended): readonly StrictModel[] {
  if (dialect === "chat") return MODELS;
  const family = dialect === "anthropic" ? "claude" : "gpt";
  return MODELS.filter((model) => model.family === family);
}

function complaints(body: JsonObject, model: StrictModel, subject: Subject): readonly string[] {
  const { dialect, mode, isStream } = subject;
  if (dialect === "anthropic") return anthropicComplaints(body, { model, mode });
  if (dialect === "responses") return responsesComplaints(body, { model });
  return chatComplaints(body, { model, isStream });
}

/** A broken request, and what it is sent to. `store` is taken where the route is not MLflow's. */
function anyCase(dialect: Mended): fc.Arbitrary<{
  readonly body: JsonObject;
  readonly model: StrictModel;
  readonly subject: Subject;
}> {
  const modes = dialect === "chat" ? MODES.slice(0, 2) : MODES;
  const parts = fc.tuple(
    anyBroken(dialect),
    fc.constantFrom(...modelsOf(dialect)),
    fc.constantFrom(...modes),
  );
  return parts.map(([body, model, mode]) => {
    const isStream = get(body, "stream") === true;
    return { body, model, subject: subjectOf(model.name, { dialect, mode, isStream }) };
  });
}

for (const dialect of DIALECTS) {
  Deno.test(`repairs of ${dialect} make any request one that a strict endpoint takes`, () => {
    let refused = 0;
    fc.assert(
      fc.property(anyCase(dialect), ({ body, model, subject }) => {
        if (complaints(body, model, subject).length > 0) refused++;
        assert.deepEqual(complaints(mendAll(body, subject), model, subject), []);
      }),
      { numRuns: 1_000 },
    );
    assert(refused > 500, `${refused} of 1000 were broken`);
  });

  Deno.test(`repairs of ${dialect} have nothing left to do the second time`, () => {
    fc.assert(
      fc.property(anyCase(dialect), ({ body, subject }) => {
        const once = mendAll(body, subject);
        assert.equal(mendAll(once, subject), once);
      }),
      RUNS,
    );
  });

  Deno.test(`repairs of ${dialect} hand on what they do not name as the same object`, () => {
    fc.assert(
      fc.property(anyCase(dialect), ({ body, subject }) => {
        const before = marksOf(body);
        const after = marksOf(mendAll(body, subject));
        assert(after.has(get(body, "metadata") ?? null), "metadata stays");
        for (const mark of after) assert(before.has(mark), `copied: ${JSON.stringify(mark)}`);
      }),
      RUNS,
    );
  });

  Deno.test(`repairs of ${dialect} read any JSON, and make JSON of it`, () => {
    const key = fc.constantFrom(...KEYS);
    const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 6, depthSize: "medium" },
        fc.constantFrom<Json>(null, 0, "", " ", "a", ...VALUES),
        fc.array(tie("tree"), { maxLength: 5 }),
        fc.dictionary(key, tie("tree"), { maxKeys: 6 }),
      ),
    }));
    const list = fc.array(tree, { maxLength: 6 });
    const body = fc.tuple(fc.dictionary(key, tree), fc.option(list), fc.option(list));
    fc.assert(
      fc.property(body, fc.constantFrom(...modelsOf(dialect)), ([rest, turns, tools], model) => {
        const subject = subjectOf(model.name, { dialect, mode: "serving-endpoints" });
        const whole = JSON.parse(JSON.stringify({ ...rest, messages: turns, input: turns, tools }));
        const mended = mendAll(whole, subject);
        assert(isObject(mended));
        assert.deepEqual(JSON.parse(JSON.stringify(mended)), mended);
        assert.equal(mendAll(mended, subject), mended);
      }),
      RUNS,
    );
  });

  Deno.test(`repairs of ${dialect} leave the beginning of a longer conversation as it was`, () => {
    const ask = { role: "user", content: "and now?" };
    const answer = { role: "assistant", content: "this" };
    const key = dialect === "responses" ? "input" : "messages";
    const turns = anyTurns(dialect);
    const parts = fc.tuple(turns, turns, fc.constantFrom(...modelsOf(dialect)));
    fc.assert(
      fc.property(parts, ([first, second, model]) => {
        const subject = subjectOf(model.name, { dialect });
        // An answer that comes later than it could, as Responses allows, forces its call's hand.
        const later = dialect === "responses" ? second.filter((item) => !isOutput(item)) : second;
        const head = mendAll({ [key]: [...first, ask] }, subject)[key];
        const whole = mendAll({ [key]: [...first, ask, answer, ...later] }, subject)[key];
        assert(isArray(head) && isArray(whole));
        assert.deepEqual(whole.slice(0, head.length), head);
      }),
      RUNS,
    );
  });
}

/** Repairs without which a strict endpoint refuses something. */
const NEEDED: Readonly<Record<Mended, string>> = {
  chat: "option-leaks strict-option store stream-options verbosity reasoning-object " +
    "reasoning-effort effort-values max-completion-tokens output-cap sampling-params " +
    "temperature-or-top-p response-format thinking-shape thinking-budget strict-tools " +
    "missing-parameters replayed-reasoning blank-text blank-assistant message-names " +
    "orphan-results result-order unanswered-calls parallel-calls tool-images",
  anthropic: "option-leaks strict-option effort-values sampling-params temperature-or-top-p " +
    "thinking-shape thinking-budget strict-tools eager-input-streaming defer-loading " +
    "server-tools blank-text blank-assistant cache-control-scope orphan-results result-order " +
    "unanswered-calls",
  responses: "option-leaks strict-option effort-values item-ids orphan-results unanswered-calls",
};

for (const dialect of DIALECTS) {
  Deno.test(`repairs of ${dialect} are each missed by a strict endpoint`, () => {
    const spared = NEEDED[dialect].split(" ").filter((name) => {
      const others = REQUEST_REPAIRS.filter((repair) => repair.name !== name);
      assert.equal(others.length, REQUEST_REPAIRS.length - 1, `${name} is a repair`);
      const found = fc.check(
        fc.property(anyCase(dialect), ({ body, model, subject }) => {
          assert.deepEqual(complaints(mendAll(body, subject, others), model, subject), []);
        }),
        { numRuns: 1_000, endOnFailure: true },
      );
      return !found.failed;
    });
    assert.deepEqual(spared, []);
  });
}

const KEYS = [
  ..."role content type text name id call_id tool_call_id tool_calls tool_use_id function".split(
    " ",
  ),
  ..."system messages input tools thinking reasoning reasoning_effort output_config".split(" "),
  ..."cache_control scope strict summary status parameters thinking_blocks".split(" "),
  ..."effort budget_tokens max_tokens tool_choice __proto__ constructor".split(" "),
];
const VALUES = [
  ..."user assistant tool system text tool_use tool_result image_url function_call".split(" "),
  ..."function_call_output item_reference enabled adaptive none minimal thinking".split(" "),
  "web_search_20250305",
];

function isOutput(item: Json): boolean {
  return isObject(item) && /_output$/.test(String(get(item, "type")));
}

/** All objects in a value that are marked as no repair's business. */
function marksOf(value: Json): ReadonlySet<Json> {
  const marks = new Set<Json>();
  const left: Json[] = [value];
  for (let item = left.pop(); item !== undefined; item = left.pop()) {
    if (isArray(item)) left.push(...item);
    else if (isObject(item)) {
      if (Object.hasOwn(item, "untouched")) marks.add(item);
      left.push(...Object.values(item));
    }
  }
  return marks;
}

/**
 * What all request repairs together promise of requests to Gemini's own route: it takes what
 * leaves, twice is once, and a longer conversation begins as the shorter one did.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { get, isArray, isObject, type Json } from "../proxy/repairs/json.ts";
import { frozen, mendAll, subjectOf } from "./support/repair_check.ts";
import { anyBrokenGemini, anyGeminiTurn } from "./support/strict/any_broken_gemini.ts";
import { geminiRequestComplaints } from "./support/strict/strict_gemini.ts";

const SUBJECTS = ["databricks-gemini-3-pro", "databricks-gemini-2-5-flash"].map((model) =>
  subjectOf(model, { dialect: "gemini" })
);
const anySubject = fc.constantFrom(...SUBJECTS);

Deno.test("repairs of gemini make any request one that a strict endpoint takes", () => {
  let refused = 0;
  fc.assert(
    fc.property(anyBrokenGemini, anySubject, (body, subject) => {
      const options = { signed: subject === SUBJECTS[0] };
      if (geminiRequestComplaints(body, options).length > 0) refused++;
      const mended = mendAll(frozen(body), subject);
      assert.deepEqual(geminiRequestComplaints(mended, options), [], JSON.stringify(mended));
      assert.equal(mendAll(mended, subject), mended, "twice is once");
    }),
    { numRuns: 500 },
  );
  assert(refused > 250, `${refused} of 500 were broken`);
});

Deno.test("repairs of gemini read any JSON, and make JSON of it", () => {
  const key = fc.constantFrom(
    ..."parts role text functionCall functionResponse name id args thoughtSignature tools".split(
      " ",
    ),
    ..."functionDeclarations parameters properties type items anyOf $ref $defs enum const".split(
      " ",
    ),
    ..."required generationConfig stream_options __proto__ constructor allOf toolConfig".split(" "),
  );
  const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 6, depthSize: "medium" },
      fc.constantFrom<Json>(...[null, 0, "", "model", "user", "object", "#/$defs/a", true]),
      fc.array(tie("tree"), { maxLength: 5 }),
      fc.dictionary(key, tie("tree"), { maxKeys: 6 }),
    ),
  }));
  const list = fc.oneof(tree, fc.array(tree, { maxLength: 6 }));
  fc.assert(
    fc.property(
      fc.dictionary(key, tree),
      list,
      list,
      anySubject,
      (rest, contents, tools, subject) => {
        const whole = JSON.parse(JSON.stringify({ ...rest, contents, tools }));
        const text = JSON.stringify(whole);
        const mended = mendAll(frozen(whole), subject);
        assert(isObject(mended));
        assert.deepEqual(JSON.parse(JSON.stringify(mended)), mended);
        assert.equal(mendAll(mended, subject), mended);
        assert.equal(JSON.stringify(whole), text);
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("repairs of gemini leave the beginning of a longer conversation as it was", () => {
  const turns = fc.array(anyGeminiTurn, { maxLength: 5 });
  const ask = { role: "user", parts: [{ text: "and now?" }] };
  const answer = { role: "model", parts: [{ text: "this" }] };
  fc.assert(fc.property(turns, turns, anySubject, (first, second, subject) => {
    const head = get(mendAll({ contents: [...first, ask] }, subject), "contents");
    const whole = get(
      mendAll({ contents: [...first, ask, answer, ...second] }, subject),
      "contents",
    );
    assert(isArray(head) && isArray(whole));
    assert.deepEqual(whole.slice(0, head.length), head);
  }));
});

Deno.test("repairs of gemini leave a request that is sound as the same object", () => {
  const body = frozen({
    systemInstruction: { role: "user", parts: [{ text: "a" }] },
    contents: [
      { role: "user", parts: [{ text: "go" }] },
      {
        role: "model",
        parts: [{ functionCall: { name: "ls", args: {} }, thoughtSignature: "s" }, {
          functionCall: { name: "pwd", args: {} },
        }],
      },
      {
        role: "user",
        parts: ["ls", "pwd"].map((name) => ({ functionResponse: { name, response: {} } })),
      },
    ],
    tools: [{ functionDeclarations: [{ name: "ls", parametersJsonSchema: { $schema: "s" } }] }],
    generationConfig: { temperature: 1, thinkingConfig: { includeThoughts: true } },
  });
  for (const subject of SUBJECTS) assert.equal(mendAll(body, subject), body);
});

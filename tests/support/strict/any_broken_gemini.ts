/**
 * Requests to Gemini's own route with everything in them that it refuses.
 *
 * @module
 */

import fc from "fast-check";
import type { JsonObject } from "../../../proxy/repairs/json.ts";
import { anySchema } from "./any_schema.ts";

const NAME = fc.constantFrom("read", "fs.read", "fs/read", "a b", "x".repeat(70));
const ID = fc.option(fc.constantFrom("1", "2"), { nil: undefined });
const TEXT = fc.constantFrom("a", "", " \n", "long text");

const call = fc.tuple(NAME, ID, fc.constantFrom(undefined, "sig")).map(([name, id, signature]) => ({
  functionCall: { ...(id === undefined ? {} : { id }), name, args: { name: "fs.read" } },
  ...(signature === undefined ? {} : { thoughtSignature: signature }),
}));
const result = fc.tuple(NAME, ID).map(([name, id]) => ({
  functionResponse: { ...(id === undefined ? {} : { id }), name, response: { name: "fs.read" } },
}));
const said = fc.oneof(
  TEXT.map((text) => ({ text })),
  fc.constant({}),
  fc.constant({ text: "", thought: true }),
  fc.constant({ text: "", thoughtSignature: "sig" }),
);

/** A turn of either. */
export const anyGeminiTurn: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.array(fc.oneof(call, said), { maxLength: 4 }).map((parts) => ({ role: "model", parts })),
  fc.array(fc.oneof(result, said), { maxLength: 4 }).map((parts) => ({ role: "user", parts })),
);

/** A request that has at least one turn which says something. */
export const anyBrokenGemini: fc.Arbitrary<JsonObject> = fc.record({
  contents: fc.array(anyGeminiTurn, { maxLength: 8 }).map((turns) => [
    { role: "user", parts: [{ text: "go" }] },
    ...turns,
  ]),
  systemInstruction: said.map((part) => ({ parts: [part] })),
  functions: fc.array(
    fc.record({ name: NAME, parameters: anySchema() }, { requiredKeys: ["name"] }),
    { maxLength: 2 },
  ),
  generationConfig: fc.constantFrom({}, { temperature: 1, "stream_options": {} }),
  "stream_options": fc.constant({ "include_usage": true }),
  $schema: fc.constant("s"),
}, { requiredKeys: ["contents", "functions"] }).map(({ functions, ...body }) => ({
  ...body,
  tools: [{ functionDeclarations: functions }],
  toolConfig: {
    functionCallingConfig: { mode: "ANY", allowedFunctionNames: functions.map(({ name }) => name) },
  },
})) as fc.Arbitrary<JsonObject>;

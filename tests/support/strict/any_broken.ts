/**
 * Requests that are broken in every way that a repair knows, and some that none does.
 *
 * @module
 */

import fc from "fast-check";
import type { Dialect } from "../../../workspace/endpoints.ts";
import type { Json, JsonObject } from "../../../proxy/repairs/json.ts";

/** Something that no repair has any business with; each is an object of its own. */
const untouched = fc.record({ untouched: fc.record({ deep: fc.constantFrom(1, "", null) }) });

const said = fc.constantFrom("hi", "go on", "", " \n", "\u00a0");
const text = fc.record({ type: fc.constant("text"), text: said });
const image = untouched.map((mark) => ({
  type: "image_url",
  "image_url": { url: "data:," },
  ...mark,
}));
const junk: fc.Arbitrary<Json> = fc.constantFrom<Json>(null, 7, "x", {}, []);
const id = fc.constantFrom("a", "b", "c", "d");
const ids = fc.uniqueArray(id, { maxLength: 3 });
const few = { maxLength: 3 } as const;

function sometimes<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(value, { nil: undefined, freq: 3 });
}

/** Without keys that are `undefined`, as JSON has none. */
function clean(value: unknown): JsonObject {
  return JSON.parse(JSON.stringify(value));
}

const chatMessage: fc.Arbitrary<Json> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      role: fc.constantFrom("user", "user", "system"),
      content: fc.oneof(said, fc.array(fc.oneof(text, image), few)),
      name: sometimes(fc.constant("n")),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      role: fc.constant("assistant"),
      content: fc.oneof(said, fc.constant(null), fc.constant(undefined), fc.array(text, few)),
      "tool_calls": sometimes(
        ids.map((all) =>
          all.map((call) => ({ id: call, type: "function", function: { name: "f" } }))
        ),
      ),
      "reasoning_content": sometimes(said),
      "thinking_blocks": sometimes(fc.constantFrom<Json>(
        null,
        [{ type: "thinking", thinking: "hm", signature: "s" }],
        [{ type: "thinking", thinking: "hm" }],
      )),
      name: sometimes(fc.constant("n")),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      role: fc.constant("tool"),
      "tool_call_id": id,
      content: fc.oneof(said, fc.array(fc.oneof(text, image), few)),
    }),
  },
  { weight: 1, arbitrary: junk },
).map((message) => typeof message === "object" && message !== null ? clean(message) : message);

const cacheControl = sometimes(fc.constantFrom<Json>(
  null,
  { type: "ephemeral", ttl: "1h" },
  { type: "ephemeral", scope: "global" },
));
const block = fc.record({ type: fc.constant("text"), text: said, "cache_control": cacheControl });
const result = fc.record({
  type: fc.constant("tool_result"),
  "tool_use_id": id,
  content: fc.oneof(said, fc.array(block, few)),
  "cache_control": cacheControl,
});
const picture = untouched.map((mark) => ({ type: "image", ...mark }));

const anthropicMessage: fc.Arbitrary<Json> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      role: fc.constant("user"),
      content: fc.oneof(said, fc.array(fc.oneof(block, result, picture), { maxLength: 4 })),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      role: fc.constant("assistant"),
      content: fc.oneof(
        said,
        fc.constant(null),
        fc.tuple(fc.array(block, few), ids, untouched).map(([blocks, all, input]) => [
          ...blocks,
          ...all.map((use) => ({ type: "tool_use", id: use, name: "f", input })),
        ]),
      ),
    }),
  },
  { weight: 1, arbitrary: junk },
).map((message) => typeof message === "object" && message !== null ? clean(message) : message);

const itemId = sometimes(
  fc.constantFrom("msg_1", "fc_1", "rs_1", "x".repeat(65), "msg_" + "x".repeat(99)),
);
const responsesItem: fc.Arbitrary<Json> = fc.oneof(
  fc.record({
    type: fc.constantFrom("message", undefined),
    role: fc.constantFrom("user", "assistant"),
    content: said,
    id: itemId,
    status: sometimes(fc.constant("completed")),
  }),
  fc.record({
    type: fc.constantFrom("function_call", "custom_tool_call"),
    "call_id": id,
    id: itemId,
  }),
  fc.record({
    type: fc.constantFrom("function_call_output", "custom_tool_call_output"),
    "call_id": id,
    output: said,
  }),
  fc.record({ type: fc.constant("reasoning"), id: itemId, summary: fc.constant([]) }),
  junk,
).map((item) => typeof item === "object" && item !== null ? clean(item) : item);

const effort = fc.constantFrom("none", "minimal", "low", "high", "xhigh");
const parameters = fc.record({
  metadata: untouched,
  stream: fc.boolean(),
  store: fc.boolean(),
  strict: fc.boolean(),
  reasoningSummary: fc.constant("auto"),
  $schema: fc.constant("x"),
  verbosity: fc.constant("low"),
  "stream_options": fc.constant({ include_usage: true }),
  "reasoning_effort": fc.oneof(effort, fc.record({ effort })),
  reasoning: fc.record({ effort }),
  "output_config": fc.record({ effort }, { requiredKeys: [] }),
  "max_completion_tokens": fc.constantFrom(10, 30_000),
  "max_tokens": fc.constantFrom(10, 2_000, 30_000),
  temperature: fc.constantFrom(0, 1),
  "top_p": fc.constant(0.5),
  "top_k": fc.constant(5),
  "response_format": fc.constant({ type: "json_object" }),
  thinking: fc.constantFrom<Json>(
    { type: "enabled", budget_tokens: 10 },
    { type: "enabled", budget_tokens: 20_000 },
    { type: "enabled" },
    { type: "adaptive" },
    { type: "disabled" },
    null,
  ),
}, { requiredKeys: ["metadata"] });

const schema = untouched.map((mark) => ({ type: "object", properties: {}, ...mark }));
const chatTool = fc.record({
  type: fc.constant("function"),
  function: fc.record({ name: fc.constant("f"), strict: fc.boolean(), parameters: schema }, {
    requiredKeys: ["name"],
  }),
});
const anthropicTool = fc.oneof(
  fc.record({
    name: fc.constantFrom("f", "g"),
    "input_schema": schema,
    strict: fc.boolean(),
    "defer_loading": fc.boolean(),
    "eager_input_streaming": fc.boolean(),
    "cache_control": fc.constant({ type: "ephemeral", scope: "global" }),
  }, { requiredKeys: ["name", "input_schema"] }),
  fc.constant({ type: "web_search_20250305", name: "web_search" }),
);

/** Keys that belong to one dialect, so that the others' endpoints know nothing of them. */
const FOREIGN: Readonly<Record<string, readonly string[]>> = {
  chat: ["output_config"],
  anthropic: [
    "store",
    "verbosity",
    "stream_options",
    "reasoning_effort",
    "reasoning",
    "max_completion_tokens",
    "response_format",
  ],
  responses: ["thinking", "output_config", "reasoning_effort", "stream_options"],
};

/** A broken request of a dialect; JSON through and through. */
export function anyBroken(dialect: Exclude<Dialect, "gemini">): fc.Arbitrary<JsonObject> {
  const tool: fc.Arbitrary<unknown> = dialect === "anthropic" ? anthropicTool : chatTool;
  const parts = fc.record({
    parameters,
    tools: sometimes(fc.array(tool, { minLength: 1, maxLength: 3 })),
    turns: anyTurns(dialect),
    system: sometimes(fc.oneof(said, fc.array(block, few))),
    choice: sometimes(fc.constantFrom("f", "web_search")),
  });
  return parts.map(({ parameters, tools, turns, system, choice }) => {
    const isAnthropic = dialect === "anthropic";
    const names = (tools ?? []).map((each) => (each as { name?: string }).name);
    const chosen = isAnthropic && choice !== undefined && names.includes(choice);
    const body = clean({
      ...parameters,
      ...dialect === "responses" ? {} : { tools },
      ...isAnthropic ? { system } : {},
      ...chosen ? { "tool_choice": { type: "tool", name: choice } } : {},
      [dialect === "responses" ? "input" : "messages"]: turns,
    });
    return Object.fromEntries(
      Object.entries(body).filter(([key]) => !FOREIGN[dialect]?.includes(key)),
    );
  });
}

/** The conversation of such a request. */
export function anyTurns(dialect: Exclude<Dialect, "gemini">): fc.Arbitrary<readonly Json[]> {
  const turn = { chat: chatMessage, anthropic: anthropicMessage, responses: responsesItem };
  return fc.array(turn[dialect], { maxLength: 12 });
}

import {
  assertLeaves,
  assertMends,
  assertServesNot,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import type { JsonObject } from "../json.ts";
import { cacheControlScope } from "./cache_control_scope.ts";

const SUBJECT = subjectOf("databricks-claude-opus-4-8", { dialect: "anthropic" });
const scoped = (value: JsonObject) => ({
  ...value,
  "cache_control": { type: "ephemeral", ttl: "1h", scope: "global" },
});
const plain = (value: JsonObject) => ({
  ...value,
  "cache_control": { type: "ephemeral", ttl: "1h" },
});

function conversation(mark: (value: JsonObject) => JsonObject): JsonObject {
  return mark({
    system: [{ type: "text", text: "a" }, mark({ type: "text", text: "b" })],
    tools: [mark({ name: "f", "input_schema": { type: "object" } })],
    messages: [{
      role: "user",
      content: [
        mark({
          type: "tool_result",
          "tool_use_id": "a",
          content: [mark({ type: "text", text: "ok" })],
        }),
      ],
    }],
  });
}

Deno.test("cache-control-scope takes the scope out wherever it may stand", () => {
  assertMends(cacheControlScope, SUBJECT, {
    before: conversation(scoped),
    after: conversation(plain),
  });
});

Deno.test("cache-control-scope leaves a scope that is something else", () => {
  assertLeaves(cacheControlScope, SUBJECT, conversation(plain));
  const input = { "cache_control": { scope: "x" } };
  assertLeaves(cacheControlScope, SUBJECT, {
    system: "text",
    tools: [null, { name: "f", "cache_control": null }],
    messages: [null, { role: "assistant", content: [null, { type: "tool_use", id: "a", input }] }],
  });
  assertServesNot(cacheControlScope, subjectOf("databricks-claude-opus-4-8"));
});

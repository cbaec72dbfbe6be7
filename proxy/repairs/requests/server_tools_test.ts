import {
  assertLeaves,
  assertMends,
  assertServesNot,
  frozen,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import { serverTools } from "./server_tools.ts";

const SUBJECT = subjectOf("databricks-claude-opus-4-8", { dialect: "anthropic" });
const search = frozen({ type: "web_search_20250305", name: "web_search", max_uses: 8 });
const own = frozen({ name: "bash", input_schema: { type: "object" } });

Deno.test("server-tools leaves out what runs at Anthropic", () => {
  assertMends(serverTools, SUBJECT, {
    before: { tools: [search, own], tool_choice: { type: "auto" } },
    after: { tools: [own], tool_choice: { type: "auto" } },
  });
  assertMends(serverTools, SUBJECT, {
    before: { tools: [search], tool_choice: { type: "tool", name: "web_search" }, n: 1 },
    after: { n: 1 },
  });
});

Deno.test("server-tools takes the choice of a tool with the tool", () => {
  assertMends(serverTools, SUBJECT, {
    before: { tools: [search, own], tool_choice: { type: "tool", name: "web_search" } },
    after: { tools: [own] },
  });
});

Deno.test("server-tools leaves the agent's own tools alone", () => {
  const editor = { type: "text_editor_20250728", name: "str_replace_based_edit_tool" };
  assertLeaves(serverTools, SUBJECT, { tools: [own, editor, { type: "custom" }, null] });
  assertLeaves(serverTools, SUBJECT, { tools: [{ name: "web_search", type: null }] });
  assertServesNot(serverTools, subjectOf("databricks-claude-opus-4-8"));
});

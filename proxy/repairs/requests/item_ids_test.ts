import {
  assertLeaves,
  assertMends,
  assertServesNot,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import { itemIds } from "./item_ids.ts";

const SUBJECT = subjectOf("databricks-gpt-5-5", { dialect: "responses" });

Deno.test("item-ids leaves out ids that are too long or of another maker", () => {
  const long = "msg_" + "a".repeat(61);
  const call = { type: "function_call", "call_id": long, name: "f" };
  assertMends(itemIds, SUBJECT, {
    before: {
      input: [
        { type: "message", id: long, role: "assistant" },
        { ...call, id: "toolu_bdrk_1" },
        { type: "other", id: long },
      ],
    },
    after: { input: [{ type: "message", role: "assistant" }, call, { type: "other" }] },
  });
});

Deno.test("item-ids keeps ids that are taken, and references, which are nothing else", () => {
  const input = [
    { type: "message", id: "msg_" + "a".repeat(60) },
    { type: "function_call", id: "fc_1", "call_id": "a" },
    { type: "item_reference", id: "x".repeat(100) },
    { role: "user", content: "hi" },
    { type: "message", id: null },
    null,
  ];
  assertLeaves(itemIds, SUBJECT, { input });
  assertLeaves(itemIds, SUBJECT, { input: "hi" });
  assertServesNot(itemIds, subjectOf("databricks-gpt-5-5"));
});

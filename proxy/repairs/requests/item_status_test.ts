import {
  assertLeaves,
  assertMends,
  assertServesNot,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import { itemStatus } from "./item_status.ts";

const SUBJECT = subjectOf("databricks-gpt-5-5", { dialect: "responses" });

Deno.test("item-status is left out of items that need none", () => {
  const shell = { type: "local_shell_call", "call_id": "a", status: "completed" };
  assertMends(itemStatus, SUBJECT, {
    before: { input: [{ type: "message", role: "assistant", status: "completed" }, shell] },
    after: { input: [{ type: "message", role: "assistant" }, shell] },
  });
  assertLeaves(itemStatus, SUBJECT, { input: [shell, null, { role: "user", status: "x" }] });
  assertServesNot(itemStatus, subjectOf("databricks-gpt-5-5"));
});

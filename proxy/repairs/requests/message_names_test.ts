import {
  assertLeaves,
  assertMends,
  assertServesNot,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import { messageNames } from "./message_names.ts";

const SUBJECT = subjectOf("databricks-claude-opus-4-8");

Deno.test("message-names leaves out names of system and assistant", () => {
  const user = { role: "user", name: "ada", content: "hi" };
  const tool = { role: "tool", name: "f", content: "ok" };
  const roles = ["system", "developer", "assistant"];
  assertMends(messageNames, SUBJECT, {
    before: { messages: [...roles.map((role) => ({ role, name: "n", content: "x" })), user, tool] },
    after: { messages: [...roles.map((role) => ({ role, content: "x" })), user, tool] },
  });
  assertLeaves(messageNames, SUBJECT, { messages: [user, tool, null, "name"] });
  assertServesNot(messageNames, subjectOf("m", { dialect: "anthropic" }));
});

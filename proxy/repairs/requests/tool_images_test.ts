import {
  assertLeaves,
  assertMends,
  assertServesNot,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import type { JsonObject } from "../json.ts";
import { toolImages } from "./tool_images.ts";

const SUBJECT = subjectOf("databricks-claude-opus-4-8");
const image = { type: "image_url", "image_url": { url: "data:image/png;base64,AA==" } };
const text = { type: "text", text: "a picture" };
const instead = { type: "text", text: "The image of this result is in the next message." };
const tool = (id: string, content: JsonObject["content"]) => ({
  role: "tool",
  "tool_call_id": id,
  content: content ?? null,
});
const done = { role: "assistant", content: "done" };

Deno.test("tool-images moves images behind all results of a turn", () => {
  assertMends(toolImages, SUBJECT, {
    before: { messages: [tool("a", [text, image]), tool("b", "ok"), done, tool("c", [image])] },
    after: {
      messages: [
        tool("a", [text, instead]),
        tool("b", "ok"),
        { role: "user", content: [image] },
        done,
        tool("c", [instead]),
        { role: "user", content: [image] },
      ],
    },
  });
});

Deno.test("tool-images leaves text, and images of the user's", () => {
  const messages = [{ role: "user", content: [image] }, tool("a", [text]), tool("b", null), null];
  assertLeaves(toolImages, SUBJECT, { messages });
  assertLeaves(toolImages, SUBJECT, { messages: {} });
  assertServesNot(toolImages, subjectOf("databricks-claude-opus-4-8", { dialect: "anthropic" }));
});

import { get, isObject, type JsonObject, withEntry, without } from "../json.ts";
import type { RequestRepair } from "../repair.ts";

/** `reasoning_effort must be a string`: what it says stands in an object, or in `reasoning`. */
export const reasoningObject: RequestRepair = {
  name: "reasoning-object",
  summary: "Chat takes the effort as a string in reasoning_effort, not as an object.",
  evidence: "https://github.com/BerriAI/litellm/issues/42347",
  dialects: ["chat"],
  serves: () => true,
  mend(body) {
    const asked = get(body, "reasoning_effort");
    const object = isObject(asked) ? asked : get(body, "reasoning");
    if (!isObject(object)) return body;
    const rest = without(body, isObject(asked) ? ["reasoning", "reasoning_effort"] : ["reasoning"]);
    return withEffort(rest, object);
  },
};

function withEffort(body: JsonObject, object: JsonObject): JsonObject {
  const effort = get(object, "effort");
  const isAsked = typeof get(body, "reasoning_effort") === "string";
  return typeof effort === "string" && !isAsked
    ? withEntry(body, "reasoning_effort", effort)
    : body;
}

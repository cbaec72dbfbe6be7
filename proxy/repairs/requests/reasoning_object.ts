import { get, isObject, type Json, withEntry, without } from "../json.ts";
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
    const reasoning = get(body, "reasoning");
    if (!isObject(asked) && !isObject(reasoning)) return body;
    const effort = [asked, effortIn(asked), effortIn(reasoning)].find(isString);
    return effort === undefined
      ? without(body, ["reasoning", "reasoning_effort"])
      : withEntry(without(body, ["reasoning"]), "reasoning_effort", effort);
  },
};

function effortIn(value: Json | undefined): Json | undefined {
  return isObject(value) ? get(value, "effort") : undefined;
}

function isString(value: Json | undefined): value is string {
  return typeof value === "string";
}

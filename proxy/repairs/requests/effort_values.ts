import type { Dialect } from "../../../workspace/endpoints.ts";
import { get, isObject, type JsonObject, withEntry } from "../json.ts";
import type { RequestRepair } from "../repair.ts";

/** What each model refuses; the first that fits. An effort that no line names is left alone. */
const REFUSED: readonly (readonly [model: RegExp, efforts: readonly string[]])[] = [
  [/gpt-oss/, ["none", "minimal", "xhigh"]],
  [/gpt-5[^/]*-pro/, []],
  [/gpt-5[-.]1-codex-max/, ["none", "minimal"]],
  [/gpt-5[-.]1-codex/, ["none", "minimal", "xhigh"]],
  [/gpt-5[-.]1/, ["minimal", "xhigh"]],
  [/gpt-5[-.][2-9]-codex/, ["none", "minimal"]],
  [/gpt-5[-.][2-9]/, ["minimal"]],
  [/gpt-5/, ["none", "xhigh"]],
  [/gemini-4-carbon/, ["none", "minimal"]],
  [/claude-opus-5[-.]5/, ["none", "disabled", "minimal"]],
];

/** What comes nearest, best first. */
const NEAREST: ReadonlyMap<string, readonly string[]> = new Map([
  ["none", ["minimal", "low"]],
  ["disabled", ["low"]],
  ["minimal", ["low"]],
  ["xhigh", ["high"]],
]);

/** Where each dialect has its effort. */
const PLACES: Readonly<Record<Dialect, readonly string[]>> = {
  chat: ["reasoning_effort"],
  responses: ["reasoning", "effort"],
  anthropic: ["output_config", "effort"],
  gemini: [],
};

/** Efforts differ from version to version; one that is refused becomes the nearest that is not. */
export const effortValues: RequestRepair = {
  name: "effort-values",
  summary: "An effort that this model refuses becomes the nearest one that it takes.",
  evidence: "https://docs.databricks.com/aws/en/machine-learning/model-serving/query-reason-models",
  dialects: ["chat", "responses", "anthropic"],
  serves: ({ model }) => refusedBy(model).length > 0,
  mend(body, { dialect, model }) {
    const [outer, inner] = PLACES[dialect];
    if (outer === undefined) return body;
    const value = get(body, outer);
    if (inner === undefined) return clamp(body, outer, model);
    return isObject(value) ? withEntry(body, outer, clamp(value, inner, model)) : body;
  },
};

function clamp(object: JsonObject, key: string, model: string): JsonObject {
  const effort = get(object, key);
  const refused = refusedBy(model);
  if (typeof effort !== "string" || !refused.includes(effort)) return object;
  const nearest = NEAREST.get(effort)?.find((each) => !refused.includes(each));
  return nearest === undefined ? object : withEntry(object, key, nearest);
}

function refusedBy(model: string): readonly string[] {
  const name = model.toLowerCase();
  return REFUSED.find(([pattern]) => pattern.test(name))?.[1] ?? [];
}

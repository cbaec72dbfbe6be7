import { get, withEntry } from "../json.ts";
import type { RequestRepair } from "../repair.ts";

/** Models whose limit is known beforehand; that of others is learned from what they answer. */
const CAPS: readonly (readonly [model: RegExp, tokens: number])[] = [[/\bglm\b/, 25_000]];

/** `max_tokens (N) cannot exceed M`. */
export const outputCap: RequestRepair = {
  name: "output-cap",
  summary: "A limit above what this model can write is refused, so it is lowered to that.",
  evidence: "https://github.com/databricks/databricks-sdk-go/issues/1183",
  dialects: ["chat"],
  serves: ({ model }) => capOf(model) !== null,
  mend(body, { model }) {
    const cap = capOf(model);
    const limit = get(body, "max_tokens");
    const isTooHigh = cap !== null && typeof limit === "number" && limit > cap;
    return isTooHigh ? withEntry(body, "max_tokens", cap) : body;
  },
};

function capOf(model: string): number | null {
  const name = model.toLowerCase();
  return CAPS.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}

/**
 * What Claude says to the parameters of a request, whatever its dialect.
 *
 * @module
 */

import type { StrictModel } from "./models.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The complaints; empty if it takes them. */
export function samplingComplaints(body: Fields, model: StrictModel): readonly string[] {
  const said: string[] = [];
  const given = ["temperature", "top_p", "top_k"].filter((key) => key in body);
  if (model.sampling === "none") {
    said.push(...given.map((key) => `\`${key}\` is deprecated for this model.`));
  }
  const isBoth = typeof body["temperature"] === "number" && typeof body["top_p"] === "number";
  if (model.sampling === "one" && isBoth) {
    said.push("`temperature` and `top_p` cannot both be specified for this model.");
  }
  return said;
}

/** The complaints; empty if it takes them. */
export function thinkingComplaints(body: Fields, model: StrictModel): readonly string[] {
  const thinking = body["thinking"] as Fields | null | undefined;
  if (typeof thinking !== "object" || thinking === null) return [];
  const { type, budget_tokens: budget } = thinking;
  const limit = body["max_tokens"];
  if (model.thinking === "budget") {
    if (type !== "enabled" || typeof budget !== "number") return [];
    if (budget < 1024) return ["thinking.budget_tokens: must be at least 1024"];
    if (typeof limit !== "number" || limit > budget) return [];
    return ["`max_tokens` must be greater than `thinking.budget_tokens`"];
  }
  if (type === "enabled") return ['"thinking.type.enabled" is not supported for this model'];
  if (model.thinking === "always" && type !== "adaptive") return ["thinking: adaptive only"];
  return "budget_tokens" in thinking ? ["thinking.budget_tokens: not permitted"] : [];
}

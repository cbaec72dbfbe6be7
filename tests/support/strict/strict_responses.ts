/**
 * Databricks' Responses endpoint at its strictest, written from its error texts and not from the
 * repairs that they judge.
 *
 * @module
 */

import type { StrictModel } from "./models.ts";

// deno-lint-ignore no-explicit-any -- whatever a caller sends
type Anything = any;

const PREFIXES: Readonly<Record<string, RegExp>> = {
  message: /^msg/,
  "function_call": /^fc/,
  reasoning: /^rs/,
};

/** What the endpoint says to a body; empty if it takes it. What is no item is not its matter. */
export function responsesComplaints(
  body: Anything,
  { model }: { readonly model: StrictModel },
): readonly string[] {
  const said = Object.keys(body)
    .filter((key) => /[A-Z$]/.test(key) || key === "strict")
    .map((key) => `Unknown parameter: '${key}'`);
  const effort = body.reasoning?.effort;
  if (model.refusedEfforts.includes(effort)) said.push(`reasoning.effort: ${effort}`);
  const items: Anything[] = Array.isArray(body.input) ? body.input : [];
  items.forEach((item, index) => {
    if (typeof item !== "object" || item === null || typeof item.id !== "string") return;
    if (item.type === "item_reference") return;
    if (item.id.length > 64) said.push(`Invalid 'input[${index}].id': string too long`);
    if (PREFIXES[item.type]?.test(item.id) === false) said.push(`Invalid 'input[${index}].id'`);
  });
  const isWhole = (body.previous_response_id ?? body.conversation ?? null) === null &&
    !items.some((item) => item?.type === "item_reference");
  return isWhole ? [...said, ...pairs(items)] : said;
}

function pairs(items: readonly Anything[]): readonly string[] {
  const said: string[] = [];
  const waiting = new Set<string>();
  for (const item of items) {
    if (typeof item?.call_id !== "string") continue;
    if (/_call$/.test(item.type)) {
      if (waiting.has(item.call_id)) said.push(`No tool output found: ${item.call_id}`);
      waiting.add(item.call_id);
    } else if (!waiting.delete(item.call_id)) said.push(`No tool call found: ${item.call_id}`);
  }
  return [...said, ...[...waiting].map((id) => `No tool output found: ${id}`)];
}

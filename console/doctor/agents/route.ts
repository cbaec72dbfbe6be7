/**
 * The request that an agent would make, as small as it can be.
 *
 * @module
 */

import { type Dialect, findRoute } from "../../../workspace/endpoints.ts";

/** A request of one token. */
export interface TinyRequest {
  readonly dialect: Dialect;
  /** The path that the agent uses. */
  readonly path: string;
  readonly body: string;
}

/** What an agent's SDK appends to its base URL. */
const SUFFIXES: readonly ((model: string) => string)[] = [
  () => "/chat/completions",
  () => "/responses",
  () => "/messages",
  () => "/v1/messages",
  (model) => `/models/${model}:generateContent`,
  (model) => `/v1beta/models/${model}:generateContent`,
];

/**
 * The request of an agent with this base URL and model, `null` if the base leads to no route that
 * the agent speaks. Which suffix is right is for the route table to say.
 *
 * @param options.dialects the agent's, the preferred one first.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { tinyRequest } from "./route.ts";
 *
 * const claude = tinyRequest("http://127.0.0.1:4000/anthropic", {
 *   model: "m",
 *   dialects: ["anthropic"],
 * });
 * assert.equal(claude?.path, "/anthropic/v1/messages");
 * const gemini = tinyRequest("http://127.0.0.1:4000/gemini", { model: "g", dialects: ["gemini"] });
 * assert.equal(gemini?.path, "/gemini/v1beta/models/g:generateContent");
 * assert.equal(tinyRequest("http://127.0.0.1:4000/x", { model: "m", dialects: ["chat"] }), null);
 * ```
 */
export function tinyRequest(
  base: string,
  { model, dialects }: { readonly model: string; readonly dialects: readonly Dialect[] },
): TinyRequest | null {
  const prefix = URL.parse(base)?.pathname.replace(/\/+$/, "") ?? "";
  const found = SUFFIXES.flatMap((suffix) => {
    const path = prefix + suffix(model);
    const route = findRoute("POST", path);
    return route?.kind === "forward" && dialects.includes(route.dialect)
      ? [{ path, dialect: route.dialect }]
      : [];
  });
  const [best] = found.toSorted((a, b) => rank(a, dialects) - rank(b, dialects));
  return best === undefined ? null : { ...best, body: JSON.stringify(bodyOf(best.dialect, model)) };
}

function rank({ dialect }: { readonly dialect: Dialect }, dialects: readonly Dialect[]): number {
  return dialects.indexOf(dialect);
}

function bodyOf(dialect: Dialect, model: string): unknown {
  const messages = [{ role: "user", content: "hi" }];
  switch (dialect) {
    case "chat":
      return { model, max_tokens: 1, messages };
    case "anthropic":
      return { model, max_tokens: 1, messages };
    case "responses":
      // Less is refused: https://platform.openai.com/docs/api-reference/responses/create
      return { model, max_output_tokens: 16, input: "hi" };
    case "gemini":
      return {
        contents: [{ role: "user", parts: [{ text: "hi" }] }],
        generationConfig: { maxOutputTokens: 1 },
      };
  }
}

/**
 * The workspace's models, asked for at most every half minute.
 *
 * @module
 */

import type { Dialect } from "../workspace/endpoints.ts";
import { type ModelInfo, parseEndpoints, renderModels } from "../workspace/model_list.ts";
import { describeError } from "../support/errors.ts";
import { forward, type ForwardSteps } from "./forward.ts";
import { maskText } from "./mask_token.ts";
import { Refusal } from "./refusal.ts";

/** What listing needs. */
export interface ModelsOptions {
  readonly host: string;
  readonly forward: ForwardSteps;
  readonly now: () => number;
}

const FRESH_MS = 30_000;
const MAX_BYTES = 8 * 1024 * 1024;

/** Makes the function that lists models in the shape of a dialect. */
export function createModels(
  options: ModelsOptions,
): (dialect: Dialect, signal: AbortSignal) => Promise<unknown> {
  let known: { readonly at: number; readonly models: readonly ModelInfo[] } | null = null;
  return async (dialect, signal) => {
    const now = options.now();
    if (known === null || Math.abs(now - known.at) > FRESH_MS) {
      known = { at: now, models: await fetchModels(options, signal) };
    }
    return renderModels(known.models, shapeOf(dialect));
  };
}

async function fetchModels(
  options: ModelsOptions,
  signal: AbortSignal,
): Promise<readonly ModelInfo[]> {
  const url = `${options.host}/api/2.0/serving-endpoints`;
  const callerHeaders = new Headers({ accept: "application/json" });
  const request = { method: "GET", url, callerHeaders, body: null, signal } as const;
  const { answer, generation } = await forward(request, options.forward);
  try {
    if (answer.status !== 200) throw new TypeError(`the workspace answered ${answer.status}`);
    const body = await answer.peek(MAX_BYTES);
    if (body === null) throw new TypeError(`the list is longer than ${MAX_BYTES} bytes`);
    return parseEndpoints(JSON.parse(maskText(new TextDecoder().decode(body), generation.secret)));
  } catch (error) {
    const message = `Cannot list the workspace's models: ${describeError(error)}`;
    throw new Refusal(502, "upstream", message, { cause: error });
  } finally {
    answer.drop();
  }
}

function shapeOf(dialect: Dialect): "openai" | "anthropic" | "gemini" {
  return dialect === "anthropic" || dialect === "gemini" ? dialect : "openai";
}

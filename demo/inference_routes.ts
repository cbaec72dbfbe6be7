/**
 * The paths under which models can be asked, by dialect.
 *
 * @module
 */

import * as v from "valibot";
import { anthropicWriter } from "./anthropic_answer.ts";
import { type Answer, answerDeltas, countTokens, type DialectWriter } from "./answers.ts";
import { isServed } from "./catalog_routes.ts";
import { chatWriter } from "./chat_answer.ts";
import { readConversation } from "./conversation.ts";
import { geminiArrayFrames, geminiWriter } from "./gemini_answer.ts";
import { type Prompt, readPrompt } from "./prompt.ts";
import { eventReply, jsonReply, refuse, type Reply } from "./replies.ts";
import { readJson } from "./request_body.ts";
import { responsesWriter } from "./responses_answer.ts";
import type { Call, Route } from "./routes.ts";
import { answerOf } from "./script.ts";
import type { World } from "./world.ts";

// On the workspace the gateway stands under /ai-gateway; a dedicated gateway host has no prefix.
const CHAT_PATHS = [
  "/ai-gateway/mlflow/v1/chat/completions",
  "/ai-gateway/openai/v1/chat/completions",
  "/mlflow/v1/chat/completions",
  "/openai/v1/chat/completions",
  "/serving-endpoints/chat/completions",
  "/serving-endpoints/{model}/invocations",
];
const RESPONSES_PATHS = [
  "/ai-gateway/codex/v1/responses",
  "/ai-gateway/openai/v1/responses",
  "/ai-gateway/mlflow/v1/responses",
  "/codex/v1/responses",
  "/openai/v1/responses",
  "/mlflow/v1/responses",
  "/serving-endpoints/responses",
];
const ANTHROPIC_PATHS = [
  "/ai-gateway/anthropic/v1/messages",
  "/anthropic/v1/messages",
  "/serving-endpoints/anthropic/v1/messages",
];
const GEMINI_MODEL_PATHS = [
  "/ai-gateway/gemini/v1beta/models/{model}",
  "/gemini/v1beta/models/{model}",
  "/serving-endpoints/gemini/v1beta/models/{model}",
];

/** How an answer is sent: one JSON value, events, or one JSON array piece by piece. */
type Form = "whole" | "events" | "array";
type Handle = (call: Call, world: World) => Reply;

/** Every path of every dialect. */
export const INFERENCE_ROUTES: readonly Route[] = [
  ...at(CHAT_PATHS, answerIn(chatWriter, formOfBody)),
  ...at(RESPONSES_PATHS, answerIn(responsesWriter, formOfBody)),
  ...at(ANTHROPIC_PATHS, answerIn(anthropicWriter, formOfBody)),
  ...at(ANTHROPIC_PATHS.map((path) => `${path}/count_tokens`), countIn("input_tokens")),
  ...GEMINI_MODEL_PATHS.flatMap((path) => [
    ...at([`${path}:generateContent`], answerIn(geminiWriter, () => "whole")),
    ...at([`${path}:streamGenerateContent`], answerIn(geminiWriter, formOfQuery)),
    ...at([`${path}:countTokens`], countIn("totalTokens")),
  ]),
];

function at(paths: readonly string[], handle: Handle): readonly Route[] {
  return paths.map((path) => ({ method: "POST", path, access: "inference", handle }));
}

function answerIn(writer: DialectWriter, formOf: (prompt: Prompt, call: Call) => Form): Handle {
  return (call, world) => {
    const body = readJson(call.body, v.looseObject({}));
    const prompt = readPrompt(body);
    const line = world.settings.script?.(readConversation(body)) ?? null;
    const usual = think(prompt, { call, world });
    const answer = line === null ? usual : { ...usual, ...answerOf(line) };
    const paceMs = prompt.paceMs ?? world.settings.paceMs;
    switch (formOf(prompt, call)) {
      case "whole":
        return jsonReply(writer.whole(answer));
      case "events":
        return eventReply(writer.frames(answer), paceMs);
      case "array": {
        const headers = { "content-type": "application/json" };
        return { ...eventReply(geminiArrayFrames(answer), paceMs), headers };
      }
    }
  };
}

function countIn(key: "input_tokens" | "totalTokens"): Handle {
  return (call) => jsonReply({ [key]: countTokens(call.body.length) });
}

function think(
  prompt: Prompt,
  { call, world }: { readonly call: Call; readonly world: World },
): Answer {
  const model = call.params.model ?? prompt.model;
  if (model === null) {
    throw refuse(400, "INVALID_PARAMETER_VALUE", "Missing required parameter: 'model'.");
  }
  if (!isServed(model, world.settings.models)) {
    const message = `Endpoint with name '${model}' does not exist.`;
    throw refuse(404, "RESOURCE_DOES_NOT_EXIST", message);
  }
  return {
    id: crypto.randomUUID().replaceAll("-", ""),
    createdSeconds: Math.floor(world.settings.now() / 1000),
    model,
    deltas: answerDeltas(model, prompt),
    call: null,
    inputTokens: countTokens(call.body.length),
    wantsUsage: prompt.wantsUsage,
  };
}

function formOfBody(prompt: Prompt): Form {
  return prompt.isStream ? "events" : "whole";
}

function formOfQuery(_: Prompt, call: Call): Form {
  return call.url.searchParams.get("alt") === "sse" ? "events" : "array";
}

/**
 * Which models there are.
 *
 * @module
 */

import { jsonReply, refuseGateway, type Reply } from "./replies.ts";
import type { Call, Route } from "./routes.ts";
import type { World } from "./world.ts";

/** Endpoint lists, in the three forms in which they are asked for. */
export const CATALOG_ROUTES: readonly Route[] = [
  { method: "GET", path: "/api/2.0/serving-endpoints", access: "bearer", handle: listEndpoints },
  { method: "GET", path: "/api/ai-gateway/v2/endpoints", access: "bearer", handle: listGateway },
  { method: "GET", path: "/ai-gateway/anthropic/v1/models", access: "bearer", handle: listModels },
  { method: "GET", path: "/anthropic/v1/models", access: "bearer", handle: listModels },
];

/** Chat models that are listed where {@link WorldSettings.models} says nothing. */
const USUAL_MODELS: readonly string[] = [
  "databricks-claude-opus-4-8",
  "databricks-claude-sonnet-4-6",
  "databricks-claude-sonnet-4-5",
  "databricks-claude-haiku-4-5",
  "databricks-gpt-5-5",
  "databricks-gpt-5-4-mini",
  "databricks-gpt-5-1-codex-max",
  "databricks-gpt-oss-120b",
  "databricks-gemini-3-1-pro",
  "databricks-gemini-2-5-flash",
  "databricks-meta-llama-3-3-70b-instruct",
];

/** Listed, but never to be offered to an agent: one cannot chat, the other is not ready. */
const EMBEDDING_ENDPOINT = "databricks-gte-large-en";
const SLEEPING_ENDPOINT = "team-llama-provisioned";

/**
 * Whether a request for `model` finds an endpoint. The gateway's name `system.ai.x` stands for
 * `databricks-x`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { isServed } from "./catalog_routes.ts";
 *
 * assert.equal(isServed("system.ai.gpt-5", ["databricks-gpt-5"]), true);
 * assert.equal(isServed("gpt-5", ["databricks-gpt-5"]), false);
 * assert.equal(isServed("gpt-5", null), true);
 * ```
 */
export function isServed(model: string, models: readonly string[] | null): boolean {
  const endpoint = model.replace(/^system\.ai\./, "databricks-");
  return models === null || models.includes(model) || models.includes(endpoint);
}

function listEndpoints(_: Call, world: World): Reply {
  return jsonReply({
    endpoints: [
      ...modelsOf(world).map((name) => describe({ name })),
      describe({ name: EMBEDDING_ENDPOINT, task: "llm/v1/embeddings" }),
      describe({ name: SLEEPING_ENDPOINT, ready: "NOT_READY" }),
    ],
  });
}

function listGateway(call: Call, world: World): Reply {
  if (!world.settings.hasGateway) throw refuseGateway();
  const limit = Number(call.url.searchParams.get("page_size") ?? "100");
  const endpoints = modelsOf(world).slice(0, limit).map((name) => ({ name }));
  return jsonReply({ endpoints });
}

function listModels(_: Call, world: World): Reply {
  return jsonReply({ data: modelsOf(world).map((id) => ({ id, type: "model" })) });
}

function modelsOf(world: World): readonly string[] {
  return world.settings.models ?? USUAL_MODELS;
}

function describe(endpoint: { name: string; task?: string; ready?: "READY" | "NOT_READY" }) {
  const { name, task = "llm/v1/chat", ready = "READY" } = endpoint;
  return {
    name,
    state: { ready, config_update: "NOT_UPDATING" },
    task,
    config: { served_entities: [{ name }] },
  };
}

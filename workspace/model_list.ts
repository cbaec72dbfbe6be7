/**
 * The workspace's serving endpoints as the list of models that each dialect's clients expect.
 *
 * @module
 */

/** A model that an agent can talk to. */
export interface ModelInfo {
  /** The endpoint's name, which is the model's id. */
  readonly name: string;
  /** Whether the workspace said that it is ready, rather than nothing. */
  readonly ready: boolean;
  /** `llm/v1/chat` and such; `null` where the workspace does not say. */
  readonly task: string | null;
  /** Epoch ms; `null` where the workspace does not say. */
  readonly createdAt: number | null;
}

/** Whose list shape is wanted. */
export type ModelListDialect = "openai" | "anthropic" | "gemini";

const CHAT_TASKS = ["llm/v1/chat", "llm/v1/responses", "agent/"];

/** The last time that a `Date` can hold. */
const MAX_DATE_MS = 8.64e15;

/**
 * Reads the answer of `GET /api/2.0/serving-endpoints`
 * (https://docs.databricks.com/api/workspace/servingendpoints/list). Keeps what can chat and is
 * not said to be unready; an entry of unknown shape is skipped, for one odd endpoint must not hide
 * the others.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseEndpoints } from "./model_list.ts";
 *
 * const endpoints = [
 *   { name: "databricks-claude-opus-5", state: { ready: "READY" }, task: "llm/v1/chat" },
 *   { name: "databricks-gte-large-en", state: { ready: "READY" }, task: "llm/v1/embeddings" },
 * ];
 * assert.deepEqual(parseEndpoints({ endpoints }), [
 *   { name: "databricks-claude-opus-5", ready: true, task: "llm/v1/chat", createdAt: null },
 * ]);
 * ```
 */
export function parseEndpoints(json: unknown): readonly ModelInfo[] {
  const endpoints = isRecord(json) && Array.isArray(json.endpoints) ? json.endpoints : [];
  const models = new Map<string, ModelInfo>();
  for (const endpoint of endpoints) {
    const model = parseEndpoint(endpoint);
    if (model !== null && !models.has(model.name)) models.set(model.name, model);
  }
  return [...models.values()];
}

function parseEndpoint(endpoint: unknown): ModelInfo | null {
  if (!isRecord(endpoint)) return null;
  const { name, state, task, creation_timestamp: createdAt } = endpoint;
  if (typeof name !== "string" || !/^[^\s\p{C}]+$/u.test(name)) return null;
  if (typeof task === "string" && task !== "" && !isChatTask(task)) return null;
  const ready = isRecord(state) ? state.ready : undefined;
  if (ready !== undefined && ready !== "READY") return null;
  return {
    name,
    ready: ready === "READY",
    task: typeof task === "string" && task !== "" ? task : null,
    createdAt: typeof createdAt === "number" && createdAt > 0 && createdAt <= MAX_DATE_MS
      ? createdAt
      : null,
  };
}

function isChatTask(task: string): boolean {
  return CHAT_TASKS.some((prefix) => task.startsWith(prefix));
}

/**
 * The body of a dialect's own answer to "list the models".
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { renderModels } from "./model_list.ts";
 *
 * const models = [{ name: "databricks-gpt-5", ready: true, task: null, createdAt: 1_500 }];
 * assert.deepEqual(renderModels(models, "openai"), {
 *   object: "list",
 *   data: [{ id: "databricks-gpt-5", object: "model", created: 1, owned_by: "databricks" }],
 * });
 * ```
 */
export function renderModels(models: readonly ModelInfo[], dialect: ModelListDialect): unknown {
  switch (dialect) {
    case "openai":
      return { object: "list", data: models.map(toOpenAi) };
    case "anthropic":
      return {
        data: models.map(toAnthropic),
        has_more: false,
        first_id: models.at(0)?.name ?? null,
        last_id: models.at(-1)?.name ?? null,
      };
    case "gemini":
      return { models: models.map(toGemini) };
  }
}

function toOpenAi({ name, createdAt }: ModelInfo): unknown {
  const created = Math.floor((createdAt ?? 0) / 1000);
  return { id: name, object: "model", created, owned_by: "databricks" };
}

function toAnthropic({ name, createdAt }: ModelInfo): unknown {
  // Anthropic gives the epoch where it does not know a model's date
  // (https://docs.anthropic.com/en/api/models-list).
  const created = new Date(createdAt ?? 0).toISOString();
  return { type: "model", id: name, display_name: name, created_at: created };
}

function toGemini({ name }: ModelInfo): unknown {
  return {
    name: `models/${name}`,
    displayName: name,
    supportedGenerationMethods: ["generateContent", "streamGenerateContent", "countTokens"],
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

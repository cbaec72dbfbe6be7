/**
 * Agents' configs, as `deno task setup` writes them beside a running service: the models are the
 * service's own, and what stands there (address, key, model) gets an answer in the agent's dialect.
 */

import assert from "node:assert/strict";
import { startWorkspace } from "../demo/workspace.ts";
import { dotenv } from "../formats/dotenv.ts";
import { isRecord, type TextFormat, valueAt, type ValuePath } from "../formats/format.ts";
import { jsonc } from "../formats/jsonc.ts";
import { toml } from "../formats/toml.ts";
import { yaml } from "../formats/yaml.ts";
import { type FileTree, readTree } from "./support/file_tree.ts";
import { runTask } from "./support/run_task.ts";
import { makeHome, ServeProcess } from "./support/serve_process.ts";

/** Where an agent's file says what, and what the agent makes of it. */
interface Route {
  readonly agent: string;
  readonly file: string;
  readonly format: TextFormat;
  readonly address: ValuePath;
  readonly key: ValuePath;
  readonly model: ValuePath;
  /** Header that carries the key. */
  readonly header: "authorization" | "x-api-key" | "x-goog-api-key";
  /** What the agent appends to the address. */
  readonly path: (model: string) => string;
  readonly body: (model: string) => unknown;
}

const messages = [{ role: "user", content: "hello" }];
const chat = (model: string) => ({ model, messages });
const OPENCODE = ["provider", "databricks"];
const PI = ["providers", "databricks-claude"];

const ROUTES: readonly Route[] = [
  {
    agent: "claude",
    file: ".claude/settings.json",
    format: jsonc,
    address: ["env", "ANTHROPIC_BASE_URL"],
    key: ["env", "ANTHROPIC_AUTH_TOKEN"],
    model: ["env", "ANTHROPIC_MODEL"],
    header: "authorization",
    path: () => "/v1/messages?beta=true",
    body: (model) => ({ ...chat(model), ["max_tokens"]: 16 }),
  },
  {
    agent: "codex",
    file: ".codex/config.toml",
    format: toml,
    address: ["model_providers", "databricks", "base_url"],
    key: ["model_providers", "databricks", "experimental_bearer_token"],
    model: ["model"],
    header: "authorization",
    path: () => "/responses",
    body: (model) => ({ model, input: "hello" }),
  },
  {
    agent: "gemini",
    file: ".gemini/.env",
    format: dotenv,
    address: ["GOOGLE_GEMINI_BASE_URL"],
    key: ["GEMINI_API_KEY"],
    model: ["GEMINI_MODEL"],
    header: "x-goog-api-key",
    path: (model) => `/v1beta/models/${model}:generateContent`,
    body: () => ({ contents: [{ role: "user", parts: [{ text: "hello" }] }] }),
  },
  {
    agent: "opencode",
    file: ".config/opencode/opencode.json",
    format: jsonc,
    address: [...OPENCODE, "options", "baseURL"],
    key: [...OPENCODE, "options", "apiKey"],
    model: ["model"],
    header: "authorization",
    path: () => "/chat/completions",
    body: (model) => chat(model.replace("databricks/", "")),
  },
  {
    agent: "hermes",
    file: ".hermes/config.yaml",
    format: yaml,
    address: ["model", "base_url"],
    key: ["model", "api_key"],
    model: ["model", "default"],
    header: "authorization",
    path: () => "/chat/completions",
    body: chat,
  },
  {
    agent: "pi",
    file: ".pi/agent/models.json",
    format: jsonc,
    address: [...PI, "baseUrl"],
    key: [...PI, "apiKey"],
    model: [...PI, "models", 0, "id"],
    header: "x-api-key",
    path: () => "/v1/messages",
    body: (model) => ({ ...chat(model), ["max_tokens"]: 16 }),
  },
  {
    agent: "copilot",
    file: ".config/keyturn/agents/copilot.env",
    format: dotenv,
    address: ["COPILOT_PROVIDER_BASE_URL"],
    key: ["COPILOT_PROVIDER_BEARER_TOKEN"],
    model: ["COPILOT_MODEL"],
    header: "authorization",
    path: () => "/chat/completions",
    body: chat,
  },
  {
    agent: "qwen",
    file: ".qwen/.env",
    format: dotenv,
    address: ["OPENAI_BASE_URL"],
    key: ["OPENAI_API_KEY"],
    model: ["OPENAI_MODEL"],
    header: "authorization",
    path: () => "/chat/completions",
    body: chat,
  },
];

Deno.test("what setup writes beside a running service is answered, for each agent", async () => {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  await using serve = await ServeProcess.start({ home: home.folder });
  const env = { PROXY_PORT: new URL(serve.origin).port };
  const { code, stdout, stderr } = await runTask(["setup", "--", "--all"], {
    home: home.folder,
    env,
  });
  assert.equal(code, 0, stdout + stderr);
  const tree = await readTree(home.folder);
  const served = await modelsOf(serve.origin, tree);
  const listed = listedBy(tree);
  assert.deepEqual(listed.filter((name) => !served.includes(name)), []);
  assert.ok(served.every((name) => listed.includes(name)), "OpenCode lists all that is served");
  for (const route of ROUTES) await assertAnswered(route, tree);
});

async function assertAnswered(route: Route, tree: FileTree): Promise<void> {
  const data = route.format.parse(tree[route.file] ?? "");
  const [address, key, model] = [route.address, route.key, route.model].map((path) =>
    String(valueAt(data, path))
  );
  const value = route.header === "authorization" ? `Bearer ${key}` : String(key);
  const response = await fetch(`${address}${route.path(String(model))}`, {
    method: "POST",
    headers: { [route.header]: value, "content-type": "application/json" },
    body: JSON.stringify(route.body(String(model))),
  });
  const text = await response.text();
  assert.equal(response.status, 200, `${route.agent}: ${text}`);
}

async function modelsOf(origin: string, tree: FileTree): Promise<readonly string[]> {
  const { agents } = JSON.parse(tree[".config/keyturn/keys.json"] ?? "");
  const headers = { authorization: `Bearer ${agents.opencode}` };
  const { data } = await (await fetch(`${origin}/v1/models`, { headers })).json();
  return data.map(({ id }: { id: string }) => id);
}

function listedBy(tree: FileTree): readonly string[] {
  const config = jsonc.parse(tree[".config/opencode/opencode.json"] ?? "");
  const models = valueAt(config, [...OPENCODE, "models"]);
  return isRecord(models) ? Object.keys(models) : [];
}

import assert from "node:assert/strict";
import { valueAt } from "../../formats/format.ts";
import { HOME, localKeyOf, planTexts } from "../../tests/support/agent_plan.ts";
import { pi } from "./pi.ts";

const KEY = localKeyOf(pi);

Deno.test("pi gets Claude in its own dialect, all others in OpenAI's, and a model to start with", () => {
  const served = ["databricks-gpt-5-5", "databricks-claude-opus-4-6"];
  const plan = planTexts(pi, {}, { served });
  const providers = valueAt(plan.data("models"), ["providers"]);
  assert.deepEqual(valueAt(providers, ["databricks-claude"]), {
    baseUrl: "http://127.0.0.1:4000/anthropic",
    api: "anthropic-messages",
    apiKey: KEY,
    compat: { supportsEagerToolInputStreaming: false },
    models: [{ id: "databricks-claude-opus-4-6", contextWindow: 200_000, maxTokens: 16_384 }],
  });
  assert.equal(valueAt(providers, ["databricks", "api"]), "openai-completions");
  assert.equal(valueAt(providers, ["databricks", "models", 0, "id"]), "databricks-gpt-5-5");
  assert.deepEqual(plan.data("settings"), {
    defaultProvider: "databricks-claude",
    defaultModel: "databricks-claude-opus-4-6",
  });
  const gpt = planTexts(pi, {}, { served, model: "databricks-gpt-5-5" });
  assert.equal(valueAt(gpt.data("settings"), ["defaultProvider"]), "databricks");
});

Deno.test("pi keeps the provider that a person starts with, and says how to start with ours", () => {
  const settings = '{"defaultProvider":"ollama","defaultModel":"x"}';
  const plan = planTexts(pi, { settings });
  assert.equal(plan.text("settings"), settings);
  assert.equal(plan.start, "pi --provider databricks-claude --model databricks-claude-opus-4-8");
  assert.equal(plan.conflicts[0]?.weight, "warns");
  const taken = planTexts(pi, { settings }, { manners: "take-over" });
  assert.match(taken.text("settings"), /databricks-claude/);
  assert.equal(taken.start, "pi");
});

Deno.test("pi moves over an earlier setup and keeps its list of models", () => {
  const models = JSON.stringify({
    model: "databricks-claude/databricks-claude-opus-4-8",
    providers: {
      "databricks-claude": {
        baseUrl: "https://adb-1.2.azuredatabricks.net/ai-gateway/anthropic",
        api: "anthropic-messages",
        apiKey: "!python3 ~/.claude/anthropic-token-helper.py",
        authHeader: true,
        models: [{ id: "databricks-claude-opus-4-7", contextWindow: 1_000_000 }],
      },
    },
  });
  const plan = planTexts(pi, { models });
  const provider = valueAt(plan.data("models"), ["providers", "databricks-claude"]);
  assert.equal(valueAt(provider, ["apiKey"]), KEY);
  assert.ok(valueAt(provider, ["authHeader"]));
  assert.deepEqual(valueAt(provider, ["models"]), [
    { id: "databricks-claude-opus-4-7", contextWindow: 1_000_000 },
    { id: "databricks-claude-opus-4-8", contextWindow: 200_000, maxTokens: 16_384 },
  ]);
});

Deno.test("pi is left alone where our provider's name is taken, and told of a login that wins", () => {
  const models = '{"providers":{"databricks":{"baseUrl":"https://lab.example"}}}';
  assert.equal(planTexts(pi, { models }).outcome, "blocked");
  assert.equal(planTexts(pi, { models }, { manners: "take-over" }).outcome, "change");
  const plan = planTexts(pi, { auth: '{"databricks-claude":{"type":"api_key","key":"x"}}' });
  assert.equal(plan.conflicts[0]?.where, "auth.json, databricks-claude");
  const broken = planTexts(pi, { auth: "{" });
  assert.equal(broken.outcome, "change");
  assert.match(broken.notes.join(), /auth.json cannot be edited: .*nothing is known of it/);
});

Deno.test("pi's folder moves with PI_CODING_AGENT_DIR", () => {
  assert.equal(pi.files(HOME, { PI_CODING_AGENT_DIR: "/p" })[0]?.path, "/p/models.json");
});

import assert from "node:assert/strict";
import { valueAt } from "../../formats/format.ts";
import { HOME, localKeyOf, planTexts } from "../../tests/support/agent_plan.ts";
import { codex } from "./codex.ts";

const KEY = localKeyOf(codex);

const PROVIDER = Object.fromEntries([
  ["name", "Databricks through Keyturn"],
  ["base_url", "http://127.0.0.1:4000/openai/v1"],
  ["wire_api", "responses"],
  ["experimental_bearer_token", KEY],
]);

function providerIn(data: unknown): unknown {
  return valueAt(data, ["model_providers", "databricks"]);
}

Deno.test("codex gets a provider of its own, with the key in it, and starts with it", () => {
  const plan = planTexts(codex, {});
  assert.deepEqual(plan.data("config"), {
    model: "databricks-gpt-5-5",
    ["model_provider"]: "databricks",
    ["web_search"]: "disabled",
    ["model_providers"]: { databricks: PROVIDER },
  });
  assert.equal(plan.file("env").after, null);
  assert.equal(plan.start, "codex");
  const second = planTexts(codex, { config: plan.text("config") });
  assert.deepEqual([second.outcome, second.file("config").changes], ["nothing", []]);
});

Deno.test("codex keeps a provider, a profile and a model of the person's, with ours beside it", () => {
  const rows = [
    ['model_provider = "azure"\nmodel = "gpt-5"\n', "model_provider"],
    ['model = "gpt-5-codex" # the big one\n', "model"],
    ['profile = "work"\n\n[profiles.work]\nmodel_provider = "azure"\n', "profile"],
  ] as const;
  for (const [config, where] of rows) {
    const plan = planTexts(codex, { config });
    assert.equal(plan.outcome, "change");
    assert.ok(plan.text("config").startsWith(config));
    assert.deepEqual(providerIn(plan.data("config")), PROVIDER);
    assert.deepEqual(plan.conflicts.map(({ where, weight }) => [where, weight]), [[
      where,
      "warns",
    ]]);
    assert.equal(plan.start, "codex -c model_provider=databricks -m databricks-gpt-5-5");
    const taken = planTexts(codex, { config }, { manners: "take-over" });
    assert.equal(valueAt(taken.data("config"), ["model_provider"]), "databricks");
    assert.equal(valueAt(taken.data("config"), ["model"]), "databricks-gpt-5-5");
    assert.equal(valueAt(taken.data("config"), ["profile"]), undefined);
    assert.equal(taken.start, "codex");
  }
});

Deno.test("codex keeps a name of the workspace's, and tells of one that is not known to be", () => {
  const config = 'model = "databricks-gpt-5-3-codex"\nmodel_provider = "databricks"\n';
  assert.deepEqual(planTexts(codex, { config }).facts[1], ["model", "databricks-gpt-5-3-codex"]);
  const own = 'model = "my-endpoint"\nmodel_provider = "databricks"\n';
  const plan = planTexts(codex, { config: own });
  assert.deepEqual(plan.facts[1], ["model", "my-endpoint"]);
  assert.equal(plan.conflicts[0]?.where, "model");
});

Deno.test("codex moves over an earlier setup: no token is left, and the name stays", () => {
  const config = `model = "databricks-gpt-5-5"
model_provider = "databricks"
web_search = "disabled"

[model_providers.databricks]
name = "Databricks Model Serving"
base_url = "http://127.0.0.1:4001/v1"
env_key = "OPENAI_API_KEY"
wire_api = "responses"
`;
  const env = "# token\nOPENAI_API_KEY=dapi0123456789\nMLFLOW=1\n";
  const plan = planTexts(codex, { config, env });
  assert.deepEqual(plan.conflicts, []);
  const name = "Databricks Model Serving";
  assert.deepEqual(providerIn(plan.data("config")), { ...PROVIDER, name });
  assert.equal(plan.text("env"), "# token\nMLFLOW=1\n");
  assert.equal(
    planTexts(codex, { env: "OPENAI_API_KEY=sk-1\n" }).text("env"),
    "OPENAI_API_KEY=sk-1\n",
  );
});

Deno.test("codex is left alone where our provider's name is taken, or runs a program", () => {
  const head = "[model_providers.databricks]\n";
  const rows = [
    [`${head}base_url = "https://lab.example/v1"\n`, /base_url$/],
    [`${head}\n[model_providers.databricks.auth]\ncommand = "/bin/x"\n`, /auth$/],
  ] as const;
  for (const [config, where] of rows) {
    const plan = planTexts(codex, { config });
    assert.equal(plan.outcome, "blocked");
    assert.match(plan.conflicts[0]?.where ?? "", where);
    assert.equal(plan.text("config"), config);
    const taken = planTexts(codex, { config }, { manners: "take-over" });
    assert.equal(valueAt(providerIn(taken.data("config")), ["base_url"]), PROVIDER.base_url);
    assert.equal(valueAt(providerIn(taken.data("config")), ["auth"]), undefined);
  }
});

Deno.test("codex's folder moves with CODEX_HOME", () => {
  assert.equal(codex.files(HOME, { CODEX_HOME: "/x" })[1]?.path, "/x/.env");
});

import assert from "node:assert/strict";
import { valueAt } from "../../formats/format.ts";
import { HOME, localKeyOf, planTexts } from "../../tests/support/agent_plan.ts";
import { opencode } from "./opencode.ts";

const KEY = localKeyOf(opencode);
const PAT = "dapi0123456789abcdef";

Deno.test("opencode gets a provider with the workspace's models, and starts with one", () => {
  const served = ["databricks-claude-sonnet-4-5", "databricks-gpt-5-5"];
  const plan = planTexts(opencode, {}, { served });
  const config = plan.data("config");
  assert.deepEqual(valueAt(config, ["provider", "databricks", "options"]), {
    baseURL: "http://127.0.0.1:4000/serving-endpoints",
    apiKey: KEY,
  });
  const models = valueAt(config, ["provider", "databricks", "models"]);
  assert.deepEqual(Object.keys(models ?? {}), served);
  assert.equal(valueAt(config, ["model"]), "databricks/databricks-claude-sonnet-4-5");
  assert.equal(plan.file("auth").after, null);
  assert.equal(plan.start, "opencode");
});

Deno.test("opencode keeps a model of the person's, and says how to start with ours", () => {
  const config = '{"model":"anthropic/x","provider":{"mine":{"npm":"y"}}}';
  const plan = planTexts(opencode, { config });
  assert.equal(plan.outcome, "change");
  assert.equal(valueAt(plan.data("config"), ["model"]), "anthropic/x");
  assert.deepEqual(valueAt(plan.data("config"), ["provider", "mine"]), { npm: "y" });
  assert.equal(plan.start, "opencode -m databricks/databricks-claude-sonnet-4-6");
  assert.equal(plan.conflicts[0]?.weight, "warns");
  const taken = planTexts(opencode, { config }, { manners: "take-over" });
  assert.match(String(valueAt(taken.data("config"), ["model"])), /^databricks\//);
  // OpenCode lays the other file over this one.
  const other = planTexts(opencode, { other: '{"model":"anthropic/x"}' });
  assert.equal(valueAt(other.data("config"), ["model"]), undefined);
});

Deno.test("opencode says which of the configs on top leads our provider elsewhere", () => {
  const options = { baseURL: "http://127.0.0.1:4000/serving-endpoints", apiKey: KEY };
  const laid = (change: object) =>
    JSON.stringify({ provider: { databricks: { options: { ...options, ...change } } } });
  const rows = [
    [{ other: laid({ apiKey: "sk-1" }) }, /^opencode\.jsonc, .*apiKey$/],
    [{ home: laid({ baseURL: "https://lab.example" }) }, /^~\/\.opencode\/.*baseURL$/],
  ] as const;
  for (const [texts, where] of rows) {
    const { outcome, conflicts } = planTexts(opencode, texts);
    assert.equal(outcome, "change");
    assert.deepEqual(conflicts.map(({ weight }) => weight), ["overrules"]);
    assert.match(conflicts[0]?.where ?? "", where);
  }
  assert.deepEqual(planTexts(opencode, { other: laid({}), homeOther: "{}" }).conflicts, []);
});

Deno.test("opencode is left alone where a list shuts our provider out, or its name is taken", () => {
  const rows = [
    ['{"enabled_providers":["anthropic"]}', "enabled_providers"],
    ['{"disabled_providers":["databricks"]}', "disabled_providers"],
    [
      '{"provider":{"databricks":{"options":{"baseURL":"https://lab.example"}}}}',
      "provider.databricks.options.baseURL",
    ],
  ] as const;
  for (const [config, where] of rows) {
    const plan = planTexts(opencode, { config });
    assert.equal(plan.outcome, "blocked");
    assert.equal(plan.conflicts[0]?.where, where);
    assert.equal(planTexts(opencode, { config }, { manners: "take-over" }).outcome, "change");
  }
});

Deno.test("opencode's auth.json loses tokens of the workspace, and keeps every other login", () => {
  const auth = JSON.stringify({
    databricks: { type: "api", key: PAT },
    "databricks-openai": { api_key: PAT },
    anthropic: { type: "api", key: "sk-ant-1" },
  });
  const plan = planTexts(opencode, { auth });
  assert.deepEqual(plan.data("auth"), {
    databricks: { type: "api", key: KEY },
    "databricks-openai": { api_key: KEY },
    anthropic: { type: "api", key: "sk-ant-1" },
  });
  const foreign = '{"databricks":{"type":"api","key":"other"}}';
  const warned = planTexts(opencode, { auth: foreign });
  assert.equal(warned.text("auth"), foreign);
  assert.match(warned.conflicts[0]?.where ?? "", /^auth.json, databricks.key$/);
  const taken = planTexts(opencode, { auth: foreign }, { manners: "take-over" });
  assert.ok(taken.text("auth").includes(KEY));
});

Deno.test("opencode moves over the providers of earlier setups, each to its own route", () => {
  const options = (baseURL: string) => ({
    options: { baseURL, apiKey: PAT, headers: { Authorization: `Bearer ${PAT}`, "X-Mine": "1" } },
  });
  const host = "https://adb-1.2.azuredatabricks.net";
  const config = JSON.stringify({
    provider: {
      "databricks-anthropic": options("http://127.0.0.1:4000/v1"),
      "databricks-openai": options(`${host}/ai-gateway/codex/v1`),
      "databricks-google": options("https://lab.example/gemini"),
    },
    enabled_providers: ["databricks-anthropic", "databricks-openai"],
    model: "databricks-anthropic/databricks-claude-opus-4-8",
  });
  const plan = planTexts(opencode, { config });
  assert.deepEqual(plan.conflicts, []);
  const optionsOf = (id: string) => valueAt(plan.data("config"), ["provider", id, "options"]);
  const headers = { "X-Mine": "1" };
  assert.deepEqual(optionsOf("databricks-anthropic"), {
    baseURL: "http://127.0.0.1:4000/anthropic/v1",
    apiKey: KEY,
    headers,
  });
  assert.deepEqual(optionsOf("databricks-openai"), {
    baseURL: "http://127.0.0.1:4000/openai/v1",
    apiKey: KEY,
    headers,
  });
  assert.deepEqual(optionsOf("databricks-google"), options("https://lab.example/gemini").options);
  assert.deepEqual(plan.facts[1], ["model", "databricks-anthropic/databricks-claude-opus-4-8"]);
});

Deno.test("opencode's files move with XDG folders; a relative one counts as not set", () => {
  const paths = (env: Record<string, string>) => opencode.files(HOME, env).map(({ path }) => path);
  assert.deepEqual(paths({ XDG_CONFIG_HOME: "/c", XDG_DATA_HOME: "/d" }), [
    "/c/opencode/opencode.json",
    "/c/opencode/opencode.jsonc",
    `${HOME}/.opencode/opencode.json`,
    `${HOME}/.opencode/opencode.jsonc`,
    "/d/opencode/auth.json",
  ]);
  assert.equal(paths({ XDG_CONFIG_HOME: "c" })[0], `${HOME}/.config/opencode/opencode.json`);
});

import assert from "node:assert/strict";
import { HOME, localKeyOf, planTexts } from "../../tests/support/agent_plan.ts";
import { claude } from "./claude.ts";

const KEY = localKeyOf(claude);

function settingsOf(env: unknown, rest: Record<string, unknown> = {}): { settings: string } {
  return { settings: JSON.stringify({ ...rest, env }) };
}

Deno.test("claude gets address, key, models and its introduction where there is nothing", () => {
  const plan = planTexts(claude, {});
  assert.deepEqual(plan.data("settings"), {
    env: {
      ANTHROPIC_BASE_URL: "http://127.0.0.1:4000/anthropic",
      ANTHROPIC_AUTH_TOKEN: KEY,
      ANTHROPIC_MODEL: "databricks-claude-opus-4-7",
      ANTHROPIC_DEFAULT_OPUS_MODEL: "databricks-claude-opus-4-7",
      ANTHROPIC_DEFAULT_SONNET_MODEL: "databricks-claude-sonnet-4-6",
      ANTHROPIC_DEFAULT_HAIKU_MODEL: "databricks-claude-haiku-4-5",
      ANTHROPIC_CUSTOM_HEADERS: "x-databricks-use-coding-agent-mode: true",
      CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS: "1",
    },
  });
  assert.deepEqual(plan.data("state"), { hasCompletedOnboarding: true });
  assert.deepEqual(plan.conflicts, []);
});

Deno.test("claude asks for what the workspace serves, what the settings say, what the person chose", () => {
  const served = ["databricks-claude-opus-4-6", "my-endpoint"];
  const modelOf = (plan: ReturnType<typeof planTexts>) => plan.facts.find(([n]) => n === "model");
  assert.equal(modelOf(planTexts(claude, {}, { served }))?.[1], "databricks-claude-opus-4-6");
  assert.equal(modelOf(planTexts(claude, {}, { served, model: "m" }))?.[1], "m");
  const own = settingsOf({ ANTHROPIC_MODEL: "my-endpoint" });
  assert.equal(modelOf(planTexts(claude, own, { served }))?.[1], "my-endpoint");
  const alias = planTexts(claude, settingsOf({}, { model: "opusplan" }));
  assert.equal(modelOf(alias)?.[1], "opusplan");
  assert.ok(!alias.text("settings").includes("ANTHROPIC_MODEL"));
  const inEnv = planTexts(claude, settingsOf({ ANTHROPIC_MODEL: "opus" }));
  assert.deepEqual([modelOf(inEnv)?.[1], inEnv.conflicts], ["opus", []]);
  const unknown = planTexts(claude, own);
  assert.equal(modelOf(unknown)?.[1], "my-endpoint");
  assert.deepEqual(unknown.conflicts.map(({ where, weight }) => [where, weight]), [
    ["env.ANTHROPIC_MODEL", "warns"],
  ]);
});

Deno.test("claude is left alone where an address, a token or a cloud of the person's stands", () => {
  const rows = [
    [{ ANTHROPIC_BASE_URL: "https://llm.example/x?key=hunter2" }, "env.ANTHROPIC_BASE_URL"],
    [{ ANTHROPIC_AUTH_TOKEN: "sk-ant-oat01-1" }, "env.ANTHROPIC_AUTH_TOKEN"],
    [{ CLAUDE_CODE_USE_BEDROCK: "1" }, "env.CLAUDE_CODE_USE_BEDROCK"],
    [{ CLAUDE_CODE_USE_FOUNDRY: "true" }, "env.CLAUDE_CODE_USE_FOUNDRY"],
  ] as const;
  for (const [env, where] of rows) {
    const texts = settingsOf(env);
    const plan = planTexts(claude, texts);
    assert.equal(plan.outcome, "blocked");
    assert.equal(plan.text("settings"), texts.settings);
    assert.equal(plan.conflicts[0]?.where, where);
    assert.doesNotMatch(JSON.stringify(plan.conflicts), /hunter2/);
    const taken = planTexts(claude, texts, { manners: "take-over" });
    assert.equal(taken.outcome, "change");
    assert.match(taken.text("settings"), new RegExp(`"ANTHROPIC_AUTH_TOKEN": ?"${KEY}"`));
    assert.doesNotMatch(taken.text("settings"), /USE_(BEDROCK|FOUNDRY)|llm\.example|sk-ant/);
  }
  assert.equal(planTexts(claude, settingsOf({ CLAUDE_CODE_USE_BEDROCK: "0" })).outcome, "change");
});

Deno.test("claude is told of variables that send it to another cloud, unless they are off", () => {
  const env = { CLAUDE_CODE_USE_MANTLE: "1", CLAUDE_CODE_USE_VERTEX: "0" };
  const { outcome, conflicts } = planTexts(claude, {}, { env });
  assert.deepEqual([outcome, conflicts.map(({ where, weight }) => [where, weight])], [
    "change",
    [["CLAUDE_CODE_USE_MANTLE", "overrules"]],
  ]);
});

Deno.test("claude is told of keys and helpers beside ours, which go with --take-over", () => {
  const texts = settingsOf({ ANTHROPIC_API_KEY: "sk-ant-1" }, { apiKeyHelper: "~/bin/key" });
  const plan = planTexts(claude, texts, { env: { ANTHROPIC_API_KEY: "x" } });
  assert.equal(plan.outcome, "change");
  assert.deepEqual(plan.conflicts.map(({ where }) => where), [
    "env.ANTHROPIC_API_KEY",
    "apiKeyHelper",
    "ANTHROPIC_API_KEY",
  ]);
  assert.match(plan.text("settings"), /sk-ant-1.*|apiKeyHelper/);
  const taken = planTexts(claude, texts, { manners: "take-over" });
  assert.doesNotMatch(taken.text("settings"), /sk-ant-1|apiKeyHelper/);
  assert.match(taken.notes.join(), /env.ANTHROPIC_API_KEY held another secret/);
});

Deno.test("claude loses what an earlier setup left, and nothing of the person's", () => {
  const texts = settingsOf({
    ANTHROPIC_BASE_URL: "https://adb-1.2.azuredatabricks.net/serving-endpoints/anthropic",
    ANTHROPIC_AUTH_TOKEN: "dapi0123456789",
    ANTHROPIC_API_KEY: "dapi0123456789",
    CLAUDE_CODE_API_KEY_HELPER_TTL_MS: "900000",
    OTEL_EXPORTER_OTLP_LOGS_HEADERS: "a=b,Authorization=Bearer dapi0123456789",
    MINE: "x",
  }, { apiKeyHelper: "python3 /h/.claude/anthropic-token-helper.py", hooks: {} });
  const plan = planTexts(claude, texts);
  assert.deepEqual(plan.conflicts, []);
  const { env, ...rest } = plan.data("settings") as Record<string, Record<string, unknown>>;
  assert.deepEqual(rest, { hooks: {} });
  assert.equal(env?.MINE, "x");
  assert.equal(env?.OTEL_EXPORTER_OTLP_LOGS_HEADERS, "a=b");
  assert.equal(env?.ANTHROPIC_AUTH_TOKEN, KEY);
  assert.doesNotMatch(plan.text("settings"), /dapi|HELPER|"ANTHROPIC_API_KEY"/);
  const own = settingsOf({ CLAUDE_CODE_API_KEY_HELPER_TTL_MS: "5" }, { apiKeyHelper: "mine" });
  assert.match(planTexts(claude, own).text("settings"), /HELPER_TTL_MS/);
});

Deno.test("claude's folder moves with CLAUDE_CONFIG_DIR, both files", () => {
  const paths = (env: Record<string, string>) => claude.files(HOME, env).map(({ path }) => path);
  assert.deepEqual(paths({}), [`${HOME}/.claude/settings.json`, `${HOME}/.claude.json`]);
  assert.deepEqual(paths({ CLAUDE_CONFIG_DIR: "/c/" }), ["/c/settings.json", "/c/.claude.json"]);
  const named = `${HOME}/.claude`;
  assert.equal(paths({ CLAUDE_CONFIG_DIR: named })[1], `${named}/.claude.json`);
});

import assert from "node:assert/strict";
import { HOME, localKeyOf, planTexts } from "../../tests/support/agent_plan.ts";
import { copilot } from "./copilot.ts";
import { qwen } from "./qwen.ts";

const BASE = "http://127.0.0.1:4000/serving-endpoints";

Deno.test("copilot gets a file for its environment, and a line that starts it with that", () => {
  const plan = planTexts(copilot, {});
  assert.deepEqual(plan.data("env"), {
    COPILOT_OFFLINE: "true",
    COPILOT_PROVIDER_TYPE: "openai",
    COPILOT_PROVIDER_WIRE_API: "completions",
    COPILOT_PROVIDER_BASE_URL: "http://127.0.0.1:4000/serving-endpoints",
    COPILOT_PROVIDER_BEARER_TOKEN: localKeyOf(copilot),
    COPILOT_MODEL: "databricks-claude-sonnet-4-6",
  });
  assert.equal(
    plan.start,
    "(set -a; . /home/me/.config/keyturn/agents/copilot.env; copilot)",
  );
  const spaced = planTexts(copilot, {}, { env: { XDG_CONFIG_HOME: "/my folder" } });
  assert.match(spaced.start, /\. '\/my folder\/keyturn\/agents\/copilot.env';/);
});

Deno.test("copilot's line gives the environment to a real shell", async () => {
  const home = await Deno.makeTempDir();
  try {
    const plan = planTexts(copilot, {}, { home });
    const path = `${home}/.config/keyturn/agents`;
    await Deno.mkdir(path, { recursive: true });
    await Deno.writeTextFile(`${path}/copilot.env`, plan.text("env"));
    const { stdout } = await new Deno.Command("sh", {
      args: ["-c", plan.start.replace("; copilot)", "; env)")],
      clearEnv: true,
      env: { PATH: "/usr/bin:/bin" },
    }).output();
    const env = new TextDecoder().decode(stdout);
    assert.match(env, /^COPILOT_PROVIDER_BASE_URL=http:\/\/127.0.0.1:4000\/serving-endpoints$/m);
    assert.match(env, new RegExp(`^COPILOT_PROVIDER_BEARER_TOKEN=${localKeyOf(copilot)}$`, "m"));
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("copilot is told of the one variable that keeps it from starting", () => {
  const plan = planTexts(copilot, {}, { env: { COPILOT_PROVIDER_TRANSPORT: "websockets" } });
  assert.deepEqual(plan.conflicts.map(({ where, weight }) => [where, weight]), [
    ["COPILOT_PROVIDER_TRANSPORT", "overrules"],
  ]);
  const usual = planTexts(copilot, {}, { env: { COPILOT_PROVIDER_TRANSPORT: "http" } });
  assert.deepEqual(usual.conflicts, []);
});

Deno.test("qwen gets its environment and its way to log in", () => {
  const plan = planTexts(qwen, {});
  assert.deepEqual(plan.data("env"), {
    OPENAI_BASE_URL: "http://127.0.0.1:4000/serving-endpoints",
    OPENAI_API_KEY: localKeyOf(qwen),
    OPENAI_MODEL: "databricks-claude-sonnet-4-6",
  });
  assert.deepEqual(plan.data("settings"), { security: { auth: { selectedType: "openai" } } });
  assert.equal(plan.files[0]?.place.path, `${HOME}/.qwen/.env`);
});

Deno.test("qwen is asked for the model of its settings, which wins over the one in .env", () => {
  const named = (name: string) => JSON.stringify({ model: { name } });
  const ours = planTexts(qwen, { settings: named("databricks-gpt-5") });
  assert.deepEqual([ours.facts[1], ours.conflicts], [["model", "databricks-gpt-5"], []]);
  const other = planTexts(qwen, { settings: named("qwen3-coder") });
  assert.deepEqual(other.facts[1], ["model", "qwen3-coder"]);
  assert.equal(other.conflicts[0]?.where, "model.name in settings.json");
  const taken = planTexts(qwen, { settings: named("qwen3-coder") }, { manners: "take-over" });
  assert.match(taken.text("settings"), /"name":\s*"databricks-claude-sonnet-4-6"/);
});

Deno.test("qwen says which entry of its settings leads our model elsewhere", () => {
  const listed = (id: string, baseUrl: string) =>
    JSON.stringify({ modelProviders: { openai: [{ id, baseUrl, envKey: "MINE" }] } });
  const model = "databricks-claude-sonnet-4-6";
  const plan = planTexts(qwen, { settings: listed(model, "https://lab.example/v1") });
  assert.deepEqual(plan.conflicts.map(({ where, weight }) => [where, weight]), [
    ["modelProviders.openai in settings.json", "overrules"],
  ]);
  for (const settings of [listed("mine", "https://lab.example"), listed(model, BASE)]) {
    assert.deepEqual(planTexts(qwen, { settings }).conflicts, []);
  }
});

Deno.test("qwen keeps another address, another key and another login, unless taken over", () => {
  const rows = [
    { env: "OPENAI_BASE_URL=https://lab.example/v1\n" },
    { env: "OPENAI_API_KEY=sk-1\n" },
    { settings: '{"security":{"auth":{"selectedType":"qwen-oauth"}}}' },
  ];
  for (const texts of rows) {
    assert.equal(planTexts(qwen, texts).outcome, "blocked");
    const taken = planTexts(qwen, texts, { manners: "take-over" });
    assert.equal(taken.outcome, "change");
    assert.match(taken.text("env"), /127\.0\.0\.1:4000/);
  }
});

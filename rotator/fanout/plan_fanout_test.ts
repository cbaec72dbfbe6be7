import assert from "node:assert/strict";
import { FormatError } from "../../formats/format.ts";
import type { AgentFileName } from "../../support/agent_file.ts";
import { Secret } from "../../workspace/credential.ts";
import { idOf } from "./our_tokens.ts";
import { planFanout } from "./plan_fanout.ts";
import { TARGETS } from "./targets.ts";

const [OLD, OLDER, NEXT] = ["dapi-old-1", "dapi-older-2", "dapi-next-3"];
const OURS = new Set([OLD, OLDER, NEXT].map(idOf));
const order = { next: new Secret(NEXT), isOurs: (id: string) => OURS.has(id) };

const plan = (name: AgentFileName, text: string) =>
  planFanout(text, { target: TARGETS[name], ...order });

/** `text` with `OLD` and `OLDER` at every `@`; after the plan `NEXT` stands at each. */
function assertFollows(name: AgentFileName, text: string): void {
  for (const old of [OLD, OLDER]) {
    const { text: after, replaced, holdsNext, stuck } = plan(name, text.replaceAll("@", old));
    assert.equal(after, text.replaceAll("@", NEXT));
    assert.equal(replaced, text.split("@").length - 1);
    assert.ok(holdsNext);
    assert.equal(stuck.size, 0);
  }
}

Deno.test("planFanout() follows in the managed fields when they hold an old token", () => {
  assertFollows(
    "claude",
    '{"env": {"ANTHROPIC_AUTH_TOKEN": "@", "ANTHROPIC_MODEL": "m",\n' +
      '"OTEL_EXPORTER_OTLP_TRACES_HEADERS": "Authorization=Bearer @,X-UC=main.traces",\n' +
      '"OTEL_EXPORTER_OTLP_LOGS_HEADERS": "x=y, authorization = bearer%20@",\n' +
      '"OTEL_EXPORTER_OTLP_METRICS_HEADERS": "Authorization=Bearer  @" } } // mine',
  );
  assertFollows("codex", "# c\nexport OPENAI_API_KEY='@' # c\r\nOPENAI_API_KEY = @");
  assertFollows("gemini", 'GEMINI_MODEL=m\nGEMINI_API_KEY="@"\n');
  assertFollows(
    "opencode-auth",
    '{"databricks": {"type": "api", "key": "@"}, "b": {"key": "@", "type": "api"}, "c": {"api_key": "@"}}',
  );
  assertFollows(
    "opencode",
    '{"provider": {"a": {"options": {"apiKey": "@", "headers": {"Authorization": "Bearer @"}}}}}',
  );
  assertFollows(
    "hermes",
    "model:\n    api_key: @  # c\nfallback_providers:\n- {api_key: '@'}\n- api_key: \"@\"\n",
  );
  assertFollows("pi", '{"providers": {"databricks-claude": {"apiKey": " @ "}}}');
});

Deno.test("planFanout() leaves a text as it is when its tokens stand elsewhere or are not ours", () => {
  const rows: readonly (readonly [name: AgentFileName, text: string])[] = [
    ["claude", `{"apiKeyHelper": "${OLD}", "env": {"OPENAI_API_KEY": "${OLD}"}}`],
    ["claude", `{"env": {"ANTHROPIC_AUTH_TOKEN": ["${OLD}"]}, "ANTHROPIC_AUTH_TOKEN": "${OLD}"}`],
    ["claude", `{"env": {"OTEL_EXPORTER_OTLP_LOGS_HEADERS": "X-Authorization=Bearer ${OLD}"}}`],
    ["claude", `{"env": {"ANTHROPIC_AUTH_TOKEN": "kt_claude_0123456789"}} // ${OLD}`],
    ["codex", `# OPENAI_API_KEY=${OLD}\nOPENAI_API_KEY=sk-proj-1\nGEMINI_API_KEY=${OLD}\n`],
    ["codex", `OPENAI_API_KEY=${OLD}x\n`],
    ["gemini", `OPENAI_API_KEY=${OLD}\n`],
    ["opencode-auth", `{"a": {"type": "oauth", "key": "${OLD}", "access": "${OLD}"}}`],
    ["opencode-auth", `{"a": {"key": "${OLD}"}, "type": "api"}`],
    ["opencode-auth", `{"a": {"type": "api", "type": "wellknown", "key": "${OLD}"}}`],
    ["opencode-auth", `{"a": {"type": "api", "key": "sk-ant-1"}}`],
    ["opencode", '{"provider": {"a": {"options": {"apiKey": "{env:DATABRICKS_TOKEN}"}}}}'],
    ["opencode", '{"provider": {"a": {"options": {"apiKey": "{file:~/.token}"}}}}'],
    ["opencode", `{"provider": {"a": {"options": {"headers": {"Authorization": "${OLD}"}}}}}`],
    ["opencode", `{"provider": {"a": {"options": "${OLD}", "models": {"apiKey": "${OLD}"}}}}`],
    ["hermes", `api_key: ${OLD}\nmodel:\n  default: m # api_key: ${OLD}\n  key: ${OLD}\n`],
    ["hermes", `fallback_providers: {api_key: ${OLD}}\nproviders: [{api_key: ${OLD}}]\n`],
    ["pi", '{"providers": {"a": {"apiKey": "!cat ~/.token"}, "b": {"apiKey": "MY_TOKEN"}}}'],
    ["pi", `{"providers": {"a": {"apiKey": {"value": "${OLD}"}}}, "apiKey": "${OLD}"}`],
    ["pi", ""],
  ];
  for (const [name, text] of rows) {
    const { text: after, ...rest } = plan(name, text);
    assert.equal(after, text);
    assert.deepEqual(rest, { replaced: 0, holdsNext: false, stuck: new Set(), reason: null }, text);
  }
});

Deno.test("planFanout() changes nothing when it is run again", () => {
  const { text } = plan("codex", `OPENAI_API_KEY=${OLD}\nOPENAI_API_KEY=other\n`);
  assert.deepEqual(plan("codex", text), {
    text,
    replaced: 0,
    holdsNext: true,
    stuck: new Set(),
    reason: null,
  });
});

Deno.test("planFanout() says what is stuck and changes the rest when a place cannot be written", () => {
  const text = `model: {api_key: &k ${OLD}}\nother: *k\nfallback_providers:\n- api_key: ${OLDER}\n`;
  const { text: after, replaced, holdsNext, stuck, reason } = plan("hermes", text);
  assert.equal(after, text.replace(OLDER, NEXT));
  assert.equal(replaced, 1);
  assert.ok(holdsNext);
  assert.deepEqual(stuck, new Set([idOf(OLD)]));
  assert.match(reason ?? "", /^line 1: "model.api_key" has an anchor/);
});

Deno.test("planFanout() leaves a place that cannot be written when its token is not ours", () => {
  const { stuck, reason } = plan("hermes", "model: {api_key: &k sk-1}\nother: *k\n");
  assert.equal(stuck.size, 0);
  assert.equal(reason, null);
});

Deno.test("planFanout() throws when the text is not of its format", () => {
  assert.throws(() => plan("claude", `{"env": "${OLD}`), FormatError);
  assert.throws(() => plan("hermes", `a: '${OLD}`), FormatError);
  assert.throws(() => plan("codex", `a='${OLD}`), FormatError);
});

Deno.test("planFanout() refuses an outcome when it would be read as something else", () => {
  const target = {
    ...TARGETS.codex,
    // A reader that sees more than the finder knows: every place moves when one changes.
    findStrings: (text: string) =>
      TARGETS.codex.findStrings(text).map((place) => ({ ...place, value: place.value || text })),
  };
  const text = `OPENAI_API_KEY=${OLD}\nEMPTY=\n`;
  assert.throws(() => planFanout(text, { target, ...order }), /cannot be changed without a risk$/);
});

/**
 * What can be wrong with an agent that was set up, as faults to plant in a healthy home. Those of
 * Hermes stand in `doctor_agents_test.ts`.
 *
 * @module
 */

import type { AgentName } from "../../settings.ts";

/** Something that is broken on purpose. */
export interface AgentFault {
  readonly agent: AgentName;
  readonly what: string;
  readonly outcome: "fail" | "warn";
  readonly seen: RegExp;
  readonly fix: RegExp;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** The file below the home that is broken, and its text then; `null`: it was not there. */
  readonly file?: string;
  readonly breaks?: (text: string | null) => string;
}

/** Where each agent keeps address and key, and what they are called. */
const ENDPOINTS: readonly (readonly [AgentName, file: string, address: string, key: string])[] = [
  ["claude", ".claude/settings.json", "env.ANTHROPIC_BASE_URL", "env.ANTHROPIC_AUTH_TOKEN"],
  [
    "codex",
    ".codex/config.toml",
    "model_providers.databricks.base_url",
    "model_providers.databricks.experimental_bearer_token",
  ],
  ["gemini", ".gemini/.env", "GOOGLE_GEMINI_BASE_URL", "GEMINI_API_KEY"],
  [
    "opencode",
    ".config/opencode/opencode.json",
    "provider.databricks.options.baseURL",
    "provider.databricks.options.apiKey",
  ],
  [
    "pi",
    ".pi/agent/models.json",
    "providers.databricks-claude.baseUrl",
    "providers.databricks-claude.apiKey",
  ],
  [
    "copilot",
    ".config/keyturn/agents/copilot.env",
    "COPILOT_PROVIDER_BASE_URL",
    "COPILOT_PROVIDER_BEARER_TOKEN",
  ],
  ["qwen", ".qwen/.env", "OPENAI_BASE_URL", "OPENAI_API_KEY"],
];

/** Of all agents: the port of another Keyturn, and a key that is not the service's. */
const ENDPOINT_FAULTS: readonly AgentFault[] = ENDPOINTS.flatMap((
  [agent, file, address, key],
): readonly AgentFault[] => [
  {
    agent,
    what: "another port",
    outcome: "fail",
    seen: away(address, file),
    fix: setsUp(agent),
    file,
    breaks: (text) => replaced(text, /(http:\/\/127\.0\.0\.1:)\d+/g, "$19"),
  },
  {
    agent,
    what: "another key",
    outcome: "fail",
    seen: away(key, file),
    fix: setsUp(agent),
    file,
    breaks: (text) => replaced(text, /(kt_[a-z]+_)[\w-]{43}/g, `$1${"A".repeat(43)}`),
  },
]);

/** Addresses of somebody else's, which are a choice and not an accident. */
const CHOICES: readonly AgentFault[] = ENDPOINTS.filter(([agent]) => agent !== "copilot").map((
  [agent, file, address],
) => ({
  agent,
  what: "an address elsewhere",
  outcome: "fail",
  seen: new RegExp(`${RegExp.escape(address)} leads to https://llm\\.example`),
  fix: /--take-over/,
  file,
  breaks: (text) => replaced(text, /http:\/\/127\.0\.0\.1:\d+/g, "https://llm.example"),
}));

const OWN: readonly AgentFault[] = [
  {
    agent: "claude",
    what: "a variable that sends it to another cloud",
    outcome: "fail",
    seen:
      /^CLAUDE_CODE_USE_FOUNDRY is set in the environment and sends Claude Code to another cloud$/,
    fix: /unset it/,
    env: { CLAUDE_CODE_USE_FOUNDRY: "1" },
  },
  {
    agent: "claude",
    what: "the same in its settings",
    outcome: "fail",
    seen: /^env\.CLAUDE_CODE_USE_VERTEX sends Claude Code to another cloud/,
    fix: /--take-over/,
    file: ".claude/settings.json",
    breaks: (text) => replaced(text, /"env": ?\{/, '"env": {"CLAUDE_CODE_USE_VERTEX": "1",'),
  },
  {
    agent: "claude",
    what: "a program for another key",
    outcome: "warn",
    seen: /^apiKeyHelper runs a program for a key that Keyturn does not know$/,
    fix: /remove it/,
    file: ".claude/settings.json",
    breaks: (text) => replaced(text, /\{/, '{"apiKeyHelper": "/bin/key",'),
  },
  {
    agent: "codex",
    what: "another provider that is chosen",
    outcome: "warn",
    seen: /^model_provider is "azure", your own choice; Keyturn stands beside it$/,
    fix: /start Codex with -c model_provider=databricks/,
    file: ".codex/config.toml",
    breaks: (text) => replaced(text, /^model_provider = .*$/m, 'model_provider = "azure"'),
  },
  {
    agent: "codex",
    what: "a program for a token beside the key",
    outcome: "fail",
    seen: /^model_providers\.databricks\.auth runs a program for a token/,
    fix: /remove that table/,
    file: ".codex/config.toml",
    breaks: (text) => `${text}\n[model_providers.databricks.auth]\ncommand = "/bin/token"\n`,
  },
  {
    agent: "gemini",
    what: "a variable with another key",
    outcome: "fail",
    seen: /^GEMINI_API_KEY is set in the environment and wins over the key in \.gemini\/\.env$/,
    fix: /unset it/,
    env: { GEMINI_API_KEY: "another" },
  },
  {
    agent: "gemini",
    what: "the wrapper of the earlier setup",
    outcome: "fail",
    seen: /\/\.local\/bin\/gemini is the earlier setup's: it starts Gemini CLI with a token/,
    fix: /mv \S+\/gemini\.coda-real \S+\/gemini$/,
    file: ".local/bin/gemini",
    breaks: () => '#!/usr/bin/python3\nREAL = "/home/me/.local/bin/gemini.coda-real"\n',
  },
  {
    agent: "gemini",
    what: "a login with Google",
    outcome: "fail",
    seen: /^security\.auth\.selectedType is "oauth-personal", so Gemini CLI logs in with Google$/,
    fix: /--take-over/,
    file: ".gemini/settings.json",
    breaks: (text) => replaced(text, /gemini-api-key/, "oauth-personal"),
  },
  {
    agent: "gemini",
    what: "a login that is enforced",
    outcome: "fail",
    seen: /^security\.auth\.enforcedType is "oauth-personal", and Gemini CLI takes no other/,
    fix: /remove it/,
    file: ".gemini/settings.json",
    breaks: (text) => replaced(text, /"auth": ?\{/, '"auth": {"enforcedType": "oauth-personal",'),
  },
  {
    agent: "opencode",
    what: "a config on top with another key",
    outcome: "fail",
    seen:
      /^opencode\.jsonc, provider\.databricks\.options\.apiKey is laid over the one in opencode/,
    fix: /remove it there/,
    file: ".config/opencode/opencode.jsonc",
    breaks: () => '{"provider": {"databricks": {"options": {"apiKey": "another"}}}}',
  },
  {
    agent: "opencode",
    what: "a config in the home folder with another address",
    outcome: "fail",
    seen: /^~\/\.opencode\/opencode\.json, provider\.databricks\.options\.baseURL is laid over/,
    fix: /remove it there/,
    file: ".opencode/opencode.json",
    breaks: () => '{"provider": {"databricks": {"options": {"baseURL": "http://127.0.0.1:9"}}}}',
  },
  {
    agent: "opencode",
    what: "a list that shuts its provider out",
    outcome: "fail",
    seen: /^disabled_providers lists "databricks"$/,
    fix: /change the list/,
    file: ".config/opencode/opencode.json",
    breaks: (text) => replaced(text, /\{/, '{"disabled_providers": ["databricks"],'),
  },
  {
    agent: "opencode",
    what: "a variable with a config of its own",
    outcome: "warn",
    seen:
      /^OPENCODE_CONFIG is set in the environment and makes OpenCode read another config on top$/,
    fix: /unset it/,
    env: { OPENCODE_CONFIG: "/srv/opencode.json" },
  },
  {
    agent: "pi",
    what: "a login that wins",
    outcome: "fail",
    seen: /^auth\.json, databricks-claude wins over the key in models\.json$/,
    fix: /\/logout in Pi/,
    file: ".pi/agent/auth.json",
    breaks: () => '{"databricks-claude": {"type": "api_key", "key": "another"}}',
  },
  {
    agent: "pi",
    what: "another provider that is chosen",
    outcome: "warn",
    seen: /^defaultProvider is "openai", your own choice; Keyturn stands beside it$/,
    fix: /start Pi with --provider databricks-claude --model \S+/,
    file: ".pi/agent/settings.json",
    breaks: (text) => replaced(text, /"databricks-claude"/, '"openai"'),
  },
  {
    agent: "copilot",
    what: "a variable with which it does not start",
    outcome: "fail",
    seen: /^COPILOT_PROVIDER_TRANSPORT is set in the environment and asks for websockets/,
    fix: /unset it/,
    env: { COPILOT_PROVIDER_TRANSPORT: "websockets" },
  },
  {
    agent: "copilot",
    what: "a login at GitHub that is asked for",
    outcome: "warn",
    seen: /^its config is not as setup writes it: COPILOT_OFFLINE in .*copilot\.env$/,
    fix: setsUp("copilot"),
    file: ".config/keyturn/agents/copilot.env",
    breaks: (text) => replaced(text, /COPILOT_OFFLINE=true/, "COPILOT_OFFLINE=false"),
  },
  {
    agent: "qwen",
    what: "a variable with another address",
    outcome: "fail",
    seen: /^OPENAI_BASE_URL is set in the environment and wins over the address in \.qwen\/\.env$/,
    fix: /unset it/,
    env: { OPENAI_BASE_URL: "https://llm.example/v1" },
  },
  {
    agent: "qwen",
    what: "a login elsewhere",
    outcome: "fail",
    seen: /^security\.auth\.selectedType is "qwen-oauth", so Qwen Code logs in elsewhere$/,
    fix: /--take-over/,
    file: ".qwen/settings.json",
    breaks: (text) => replaced(text, /"openai"/, '"qwen-oauth"'),
  },
  {
    agent: "qwen",
    what: "an entry of its settings for the model",
    outcome: "fail",
    seen: /^modelProviders\.openai in settings\.json has an entry for \S+, which wins over address/,
    fix: /remove that entry/,
    file: ".qwen/settings.json",
    breaks: (text) =>
      replaced(
        text,
        /\{/,
        '{"modelProviders": {"openai": [{"id": "databricks-claude-sonnet-4-6", ' +
          '"baseUrl": "https://llm.example/v1", "envKey": "MINE"}]},',
      ),
  },
  {
    agent: "qwen",
    what: "another model in its settings",
    outcome: "warn",
    seen: /^model\.name in settings\.json is "qwen3-coder", which is not known as a model of the/,
    fix: /--take-over changes it to databricks-claude/,
    file: ".qwen/settings.json",
    breaks: (text) => replaced(text, /\{/, '{"model": {"name": "qwen3-coder"},'),
  },
];

/** All of them; at least four for each agent. */
export const AGENT_FAULTS: readonly AgentFault[] = [...ENDPOINT_FAULTS, ...CHOICES, ...OWN];

function away(path: string, file: string): RegExp {
  const text = `${RegExp.escape(path)} in \\S+${RegExp.escape(file)}`;
  return new RegExp(`^its config does not point here: .*\\b${text}`);
}

function setsUp(agent: AgentName): RegExp {
  return new RegExp(`^\`setup ${agent}\` puts it right`);
}

function replaced(text: string | null, from: RegExp, to: string): string {
  const broken = text?.replace(from, to);
  if (broken === undefined || broken === text) throw new Error(`there is no ${from} to break`);
  return broken;
}

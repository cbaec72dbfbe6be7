/**
 * What a person should know of each agent beside what runs see, for docs/agents.md.
 *
 * @module
 */

import type { AgentName } from "../../settings.ts";

/** For each agent the items of a list. */
export const NOTES: Readonly<Record<AgentName, readonly string[]>> = {
  claude: [
    "reads `settings.json` again while it runs; a new local key is taken up without a restart",
    "asks once whether it may trust a folder when it is started in a terminal there",
    "without its own network traffic: `CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1`",
  ],
  codex: [
    "its terminal starts a program in the background that outlives it and keeps the environment " +
    "of its start; the key stands in `config.toml` for that reason",
    "lists plugins at GitHub when it starts, unless started with `--disable plugins`",
  ],
  gemini: [
    "waits by its own clock after 429, whatever `Retry-After` says",
    "without `GEMINI_MODEL` it also asks models of Google's by names that it has built in",
    "refuses shell commands with `$(…)` in them",
  ],
  opencode: [
    "without its own network traffic: `OPENCODE_DISABLE_AUTOUPDATE=1`, " +
    "`OPENCODE_DISABLE_MODELS_FETCH=1`, `OPENCODE_DISABLE_LSP_DOWNLOAD=1`, " +
    "`OPENCODE_DISABLE_SHARE=1`, `OPENCODE_DISABLE_DEFAULT_PLUGINS=1`",
    "asks a small model for a title of each conversation; setup names one of the workspace's",
  ],
  hermes: [
    "its makers release on GitHub and no longer on PyPI; what is tested is the newest there, and " +
    "it needs Python 3.11 to 3.13",
    "finds out what kind of server it talks to by paths such as `/api/tags` and `/props`; Keyturn " +
    "answers them with 404 or 401 and counts them as refused",
    "installs parts of itself while it runs, unless `HERMES_DISABLE_LAZY_INSTALLS=1`",
  ],
  pi: [
    "asks Claude in Anthropic's dialect and all others in chat; the tests also talk to it in " +
    "Responses and in Gemini's",
    "without its own network traffic: `PI_OFFLINE=1`, `PI_TELEMETRY=0`, " +
    "`PI_SKIP_VERSION_CHECK=1`",
  ],
  copilot: [
    "has no file for a provider: its environment is sourced before it is started",
    "uses no `COPILOT_PROVIDER_API_KEY` and no command for one beside the bearer token",
    "never logs in at GitHub with `COPILOT_OFFLINE=true`, which setup writes",
  ],
  qwen: [
    "an entry of `modelProviders` in its settings wins over `.env` for its model, and `model.name` " +
    "over `OPENAI_MODEL`",
    "without its statistics: `QWEN_USAGE_STATISTICS_ENABLED=false`",
  ],
};

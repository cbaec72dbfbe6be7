/**
 * How each agent is asked one question without its terminal: a process that ends by itself.
 *
 * @module
 */

import type { AgentName } from "../../settings.ts";
import type { Dialect } from "../../workspace/endpoints.ts";
import type { InstalledPrograms } from "./install.ts";

/** One run of an agent. */
export interface HeadlessAgent {
  /** As setup calls it. */
  readonly name: AgentName;
  /** In which it talks, as setup configures it. */
  readonly dialect: Dialect;
  /** The path of its requests at the workspace. */
  readonly wire: RegExp;
  /** What is run for a question. */
  readonly words: (programs: InstalledPrograms, question: string) => readonly string[];
  /** What keeps it from the network, beside the conversation, and from waiting for it. */
  readonly quiet: Readonly<Record<string, string>>;
  /** The file below `HOME` that a person sources before it. */
  readonly sourced?: string;
  /** Whether it tries what kind of server it talks to, by paths that Keyturn does not have. */
  readonly probes?: boolean;
}

const CHAT = /\/chat\/completions$/;

/** In the order of setup. */
export const HEADLESS: readonly HeadlessAgent[] = [
  {
    name: "claude",
    dialect: "anthropic",
    wire: /\/anthropic\/v1\/messages\?beta=true$/,
    words: ({ claude }, question) => [...claude, "-p", question, "--allowedTools", "Bash"],
    quiet: {
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      DISABLE_TELEMETRY: "1",
      DISABLE_ERROR_REPORTING: "1",
      DISABLE_AUTOUPDATER: "1",
    },
  },
  {
    name: "codex",
    dialect: "responses",
    wire: /\/responses$/,
    // Its plugins are listed at GitHub.
    words: ({ codex }, question) => {
      const flags = ["--skip-git-repo-check", "--disable", "plugins"];
      return [...codex, "exec", ...flags, question];
    },
    quiet: {},
  },
  {
    name: "gemini",
    dialect: "gemini",
    wire: /\/gemini\/v1beta\/models\/[^/]+:streamGenerateContent\?alt=sse$/,
    words: ({ gemini }, question) => [...gemini, "--approval-mode", "yolo", "-p", question],
    quiet: {},
  },
  {
    name: "opencode",
    dialect: "chat",
    wire: CHAT,
    // Without a title it asks the small model for one.
    words: ({ opencode }, question) => [...opencode, "run", "--title", "a test", question],
    quiet: {
      OPENCODE_DISABLE_AUTOUPDATE: "1",
      OPENCODE_DISABLE_MODELS_FETCH: "1",
      OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
      OPENCODE_DISABLE_SHARE: "1",
      OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
    },
  },
  {
    name: "hermes",
    dialect: "chat",
    wire: CHAT,
    words: ({ hermes }, question) => [...hermes, "chat", "--yolo", "-q", question],
    // It installs parts of itself while it runs.
    quiet: { HERMES_DISABLE_LAZY_INSTALLS: "1" },
    probes: true,
  },
  {
    name: "pi",
    dialect: "anthropic",
    wire: /\/anthropic\/v1\/messages\?beta=true$/,
    words: ({ pi }, question) => [...pi, "-p", question],
    quiet: { PI_OFFLINE: "1", PI_TELEMETRY: "0", PI_SKIP_VERSION_CHECK: "1" },
  },
  {
    name: "copilot",
    dialect: "chat",
    wire: CHAT,
    words: ({ copilot }, question) => {
      const flags = ["--no-auto-update", "--disable-builtin-mcps", "--allow-all-tools"];
      return [...copilot, ...flags, "-p", question];
    },
    quiet: { COPILOT_AUTO_UPDATE: "false" },
    sourced: ".config/keyturn/agents/copilot.env",
  },
  {
    name: "qwen",
    dialect: "chat",
    wire: CHAT,
    words: ({ qwen }, question) => [...qwen, "-y", "-p", question],
    quiet: { QWEN_USAGE_STATISTICS_ENABLED: "false" },
  },
];

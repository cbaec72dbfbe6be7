/**
 * The agents, in the order of `--all`.
 *
 * @module
 */

import type { Agent } from "./agent.ts";
import { claude } from "./claude.ts";
import { codex } from "./codex.ts";
import { copilot } from "./copilot.ts";
import { gemini } from "./gemini.ts";
import { hermes } from "./hermes.ts";
import { opencode } from "./opencode.ts";
import { pi } from "./pi.ts";
import { qwen } from "./qwen.ts";

/** One entry for each agent that setup knows: another one is its file and a line here. */
export const AGENTS: readonly Agent[] = [
  claude,
  codex,
  gemini,
  opencode,
  hermes,
  pi,
  copilot,
  qwen,
];

/** The agent of this name. */
export function findAgent(name: string): Agent | undefined {
  return AGENTS.find((agent) => agent.name === name);
}

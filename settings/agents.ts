/**
 * The agents by name; they have settings each, so their names are here.
 *
 * @module
 */

/** The agents that setup knows. */
export const AGENTS = [
  "claude",
  "codex",
  "gemini",
  "opencode",
  "hermes",
  "pi",
  "copilot",
  "qwen",
] as const;

/** One of {@link AGENTS}. */
export type AgentName = (typeof AGENTS)[number];

/** One value for each agent, made by `make`. */
export function forEachAgent<T>(make: (agent: AgentName) => T): Record<AgentName, T> {
  return Object.fromEntries(AGENTS.map((agent) => [agent, make(agent)])) as Record<AgentName, T>;
}

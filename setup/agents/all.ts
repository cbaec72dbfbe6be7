/**
 * The agents, in the order of `--all`.
 *
 * @module
 */

import type { Agent } from "./agent.ts";
import { hermes } from "./hermes.ts";

/** One entry for each agent that setup knows: another one is its file and a line here. */
export const AGENTS: readonly Agent[] = [hermes];

/** The agent of this name. */
export function findAgent(name: string): Agent | undefined {
  return AGENTS.find((agent) => agent.name === name);
}

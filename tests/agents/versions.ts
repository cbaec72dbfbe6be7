/**
 * The agents that the tests run, in exact versions.
 *
 * @module
 */

import type { AgentName } from "../../settings.ts";

/** Where an agent is published, and what is tested. */
export interface TestedVersion {
  /** The registry. */
  readonly registry: "npm" | "PyPI";
  /** Its name there. */
  readonly package: string;
  /** Exact. */
  readonly version: string;
}

// Exact versions, also because npm quietly takes an older one where `engines` excludes its Node.
/** One for each agent that setup knows. */
export const VERSIONS: Readonly<Record<AgentName, TestedVersion>> = {
  claude: { registry: "npm", package: "@anthropic-ai/claude-code", version: "2.1.330" },
  codex: { registry: "npm", package: "@openai/codex", version: "0.169.0" },
  gemini: { registry: "npm", package: "@google/gemini-cli", version: "0.61.0" },
  opencode: { registry: "npm", package: "opencode-ai", version: "1.18.33" },
  // The same as in requirements.txt.
  hermes: { registry: "PyPI", package: "hermes-agent", version: "0.19.0" },
  pi: { registry: "npm", package: "@earendil-works/pi-coding-agent", version: "0.87.1" },
  copilot: { registry: "npm", package: "@github/copilot", version: "1.0.102" },
  qwen: { registry: "npm", package: "@qwen-code/qwen-code", version: "0.24.4" },
};

/**
 * What each agent's local key may be used for.
 *
 * @module
 */

import type { Dialect } from "../workspace/endpoints.ts";

/**
 * The dialects that an agent can be configured to speak, by the name of its key. A key that leaks
 * from one agent's config is good for no more than that.
 *
 * What is not in the table is a key that its owner has named by hand, for a program of which
 * nothing is known: it may be used for each dialect, and never for what is the operator's.
 */
export const AGENT_DIALECTS: Readonly<Record<string, readonly Dialect[]>> = Object.freeze({
  claude: ["anthropic"],
  codex: ["responses"],
  gemini: ["gemini"],
  // Each of its providers can be of another kind.
  opencode: ["chat", "responses", "anthropic", "gemini"],
  // `api_mode`: chat_completions, codex_responses, anthropic_messages.
  hermes: ["chat", "responses", "anthropic"],
  pi: ["chat", "responses", "anthropic", "gemini"],
  // COPILOT_PROVIDER_TYPE openai or anthropic, COPILOT_PROVIDER_WIRE_API completions or responses.
  copilot: ["chat", "responses", "anthropic"],
  qwen: ["chat"],
});

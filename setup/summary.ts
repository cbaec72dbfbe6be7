/**
 * The closing summary of an agent that is set up.
 *
 * @module
 */

import type { Settings } from "../settings.ts";
import type { Agent } from "./agents/agent.ts";
import type { Plan } from "./plan.ts";

/** Lines of the summary: what it is about, and what it is now. */
export function summaryOf(
  { files, facts, start }: Plan,
  { agent, settings }: { readonly agent: Agent; readonly settings: Settings },
): readonly (readonly [name: string, text: string])[] {
  const paths = files.filter(({ after }) => after !== null).map(({ place }) => place.path);
  return [
    ...paths.map((path) => ["config", path] as const),
    ...facts,
    ["upstream", upstreamName(settings)],
    ["key", `"${agent.name}" in ${settings.configFolder}/keys.json`],
    ["start", start],
  ];
}

function upstreamName(settings: Settings): string {
  return settings.upstreamBase ?? settings.gatewayHost ?? settings.databricksHost ??
    `the workspace of profile "${settings.profileName}" in ${settings.profileFile}`;
}

/**
 * Where an old workspace token still lies.
 *
 * @module
 */

import { type Check, type Finding, ok, settled } from "../check.ts";
import { judgeSightings, lookInto } from "../leftovers.ts";
import { shellFiles, tokenFiles } from "../places.ts";
import type { Scene } from "../scene.ts";

/** Agents' files and shells' files. */
export const LEFTOVER_CHECKS: readonly Check[] = [
  { name: "agents' tokens", run: judgeAgentFiles },
  { name: "shell tokens", run: judgeShellFiles },
];

async function judgeAgentFiles(scene: Scene): Promise<Finding> {
  const { settings } = scene;
  const { status } = await scene.service();
  const managed = settings.agentFiles.map(({ path }) => path);
  const others = tokenFiles(settings).filter((path) => !managed.includes(path));
  // Those that the service could not write have a check of their own.
  const failed = status?.credential.agentFiles.filter(({ result }) => result === "failed") ?? [];
  const written = managed.filter((path) => !failed.some((file) => file.path === path));
  const fix = "`setup <agent>` gives the agent a local key instead; then revoke the token";
  const found = await judgeSightings(await lookInto(others), { scene, fix, serving: "a fault" });
  if (found.outcome === "fail" || found.outcome === "warn") return found;
  return await settled(async () => {
    return await judgeSightings(await lookInto(written), { scene, fix, serving: "allowed" });
  });
}

async function judgeShellFiles(scene: Scene): Promise<Finding> {
  const places = await lookInto(shellFiles(scene.settings));
  if (places.length === 0) return ok("no token in the files that shells read");
  const fix = "remove the line, and revoke the token unless something else needs it";
  return await judgeSightings(places, { scene, fix, serving: "a fault" });
}

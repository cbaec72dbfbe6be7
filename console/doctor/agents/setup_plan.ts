/**
 * What `setup` would change for an agent now: nothing, where its config points here.
 *
 * @module
 */

import { runSetup } from "../../../setup/command.ts";
import type { AgentReport } from "../../../setup/report.ts";
import { ConfigError } from "../../../support/errors.ts";
import { readIfThere } from "../../../support/replace_file.ts";
import type { Scene } from "../scene.ts";
import { fetchDirect } from "../../../support/direct_client.ts";

/** The plan, `null` if none can be made. */
export async function planOf(name: string, scene: Scene): Promise<AgentReport | null> {
  const { settings, env, uid } = scene;
  let text = "";
  try {
    await runSetup({
      agents: [name],
      flags: { dryRun: true, undo: false, takeOver: false, json: true },
      settings,
      env,
      reader: { uid },
      fetch: (url, init) => askProved(scene, url, init),
      write: (piece) => text += piece,
      color: "plain",
    });
  } catch (error) {
    // A port of 0, which no config can hold: other checks say so.
    if (error instanceof ConfigError) return null;
    throw error;
  }
  const report: { readonly agents: readonly AgentReport[] } = JSON.parse(text);
  return report.agents[0] ?? null;
}

/** An agent's key is for the service, too, and for nobody else on its port. */
async function askProved(scene: Scene, url: string, init: RequestInit): Promise<Response> {
  const { occupant } = await scene.service();
  if (occupant.kind !== "ours") throw new TypeError("the service is not there");
  return await fetchDirect(url, init);
}

/** Whether setup, or a person in its place, has given the agent a key of this machine. */
export async function isSetUp(
  name: string,
  report: AgentReport,
  { settings }: Scene,
): Promise<boolean> {
  if (await exists(`${settings.stateFolder}/setup/${name}.json`)) return true;
  for (const { path } of report.files) {
    const text = await readIfThere(path).catch(() => null);
    if (text?.includes(`kt_${name}_`)) return true;
  }
  return false;
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

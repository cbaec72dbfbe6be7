/**
 * A home in which there is something at each place that the permission table speaks of, and the
 * names by which tests call these places.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type { Workspace } from "../../../demo/workspace.ts";
import { setupAgents } from "../../../setup/command.ts";
import { writeTree } from "../file_tree.ts";
import { type Home, makeHome } from "../serve_process.ts";

/** Names of the agents, which are those of their programs. */
export const SETUP_AGENTS = setupAgents;

/** The folder of the code, without a final slash. */
export const CODE = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");

/** Where something ran. */
export interface AuditedPlace {
  readonly home: string;
  /** Ports by what listens there. */
  readonly ports: Readonly<Record<number, "workspace" | "service">>;
  /** The folder for temporary files. */
  readonly temp?: string;
}

/** Folders of agents are there, in all of their files a token, and the programs. */
export async function makeAuditedHome(workspace: Workspace): Promise<Home> {
  const home = await makeHome(workspace);
  const { folder, given: { value: token } } = home;
  await writeTree(folder, {
    ".claude/settings.json": JSON.stringify({ env: { ANTHROPIC_AUTH_TOKEN: token } }),
    ".codex/.env": `OPENAI_API_KEY=${token}\n`,
    ".gemini/.env": `GEMINI_API_KEY=${token}\n`,
    ".local/share/opencode/auth.json": JSON.stringify({ databricks: { type: "api", key: token } }),
    ".config/opencode/opencode.json": JSON.stringify({
      provider: { databricks: { options: { apiKey: token } } },
    }),
    ".hermes/config.yaml": `model:\n  api_key: ${token}\n`,
    ".pi/agent/models.json": JSON.stringify({ providers: { databricks: { apiKey: token } } }),
    ".qwen/theme": "",
    ".config/keyturn/agents/theme": "",
    ".databrickscfg.bak": "[DEFAULT]\n",
    // The only one with a name, so that all below it are opened.
    "apps/package.json": JSON.stringify({ name: "agents", version: "1.0.0" }),
  });
  await Deno.mkdir(`${folder}/bin`);
  for (const agent of SETUP_AGENTS) {
    await writeTree(`${folder}/apps/1/2/3`, { [`${agent}/cli.js`]: "" });
    await Deno.symlink(`../apps/1/2/3/${agent}/cli.js`, `${folder}/bin/${agent}`);
  }
  await Deno.symlink(Deno.execPath(), `${folder}/bin/deno`);
  await Deno.symlink("/usr/bin/env", `${folder}/bin/env`);
  return home;
}

/** A path or an address → the same with names for what differs from run to run. */
export function localise(value: string, { home, ports, temp }: AuditedPlace): string {
  const address = /^https?:\/\/([^/]+)/.exec(value)?.[1] ?? value;
  const named = address.replace(/:(\d+)$/, (text, port) => {
    const name = ports[Number(port)];
    return name === undefined ? text : `:<${name}>`;
  });
  // The most special place first. The last is what Deno itself calls it.
  const temps = temp === undefined ? [] : [[temp, "<temp>"], ["<TMP>", "<temp>"]];
  const places = [[home, "~"], [CODE, "<code>"], ...temps];
  return places.reduce((text, [place = "", name = ""]) => {
    const isIn = text === place || text.startsWith(`${place}/`) || text === `unix:${place}` ||
      text.startsWith(`unix:${place}/`);
    return isIn ? text.replace(place, name) : text;
  }, named);
}

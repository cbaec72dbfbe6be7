/**
 * Real agents from npm, in pinned versions, installed once per checkout. Linux and macOS.
 *
 * Their own dependencies are pinned too: Pi brings an `npm-shrinkwrap.json`, and Claude Code
 * depends on nothing but the native binary of its own version.
 *
 * @module
 */

import { join } from "node:path";
import {
  installFromNpm,
  installOnce,
  NODE_PACKAGE,
  NODE_VERSION,
} from "../support/install_once.ts";

/** Where the programs are. */
export interface AgentPrograms {
  /** Node.js that is new enough for Pi. */
  readonly node: string;
  /** Pi's entry point, a script for {@link AgentPrograms.node}. */
  readonly pi: string;
  /** Claude Code, a native binary. */
  readonly claude: string;
}

// Exact versions, also because npm quietly takes an older one where `engines` excludes its Node.
const PACKAGES: Readonly<Record<string, string>> = {
  "@anthropic-ai/claude-code": "2.1.330",
  "@earendil-works/pi-coding-agent": "0.87.1",
  // Pi needs Node 22.19.
  [NODE_PACKAGE]: NODE_VERSION,
};

/** The programs, after installing them if that has not been done to its end before. */
export async function installAgents(): Promise<AgentPrograms> {
  const folder = await installOnce("agents", {
    pins: JSON.stringify(PACKAGES),
    install: (folder) => installFromNpm(folder, PACKAGES),
  });
  const modules = join(folder, "node_modules");
  return {
    node: join(modules, NODE_PACKAGE, "bin", "node"),
    pi: join(modules, "@earendil-works/pi-coding-agent/dist/bundle/cli.js"),
    claude: await findClaude(join(modules, "@anthropic-ai")),
  };
}

/**
 * npm has picked the binary for this system and C library from the optional dependencies. The
 * `claude` command itself is only a placeholder until an install script, which is not run here,
 * has replaced it.
 */
async function findClaude(scope: string): Promise<string> {
  for await (const { name } of Deno.readDir(scope)) {
    if (!name.startsWith("claude-code-")) continue;
    return join(scope, name, "claude");
  }
  throw new Error(`npm found no binary of Claude Code for this system in ${scope}`);
}

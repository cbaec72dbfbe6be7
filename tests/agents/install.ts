/**
 * Real agents from npm, in pinned versions, installed once per checkout. Linux and macOS.
 *
 * Their own dependencies are pinned too: Pi brings an `npm-shrinkwrap.json`, and Claude Code
 * depends on nothing but the native binary of its own version.
 *
 * @module
 */

import { join } from "node:path";
import { fromFileUrl } from "../../support/paths.ts";
import { within } from "../../support/within.ts";

/** Where the programs are. */
export interface AgentPrograms {
  /** Node.js that is new enough for Pi. */
  readonly node: string;
  /** Pi's entry point, a script for {@link AgentPrograms.node}. */
  readonly pi: string;
  /** Claude Code, a native binary. */
  readonly claude: string;
}

// Pi needs Node 22.19, which distributions do not have yet; npm carries Node as packages.
const NODE_PACKAGE = `node-${platformName()}`;

// Exact versions, also because npm quietly takes an older one where `engines` excludes its Node.
const PACKAGES: Readonly<Record<string, string>> = {
  "@anthropic-ai/claude-code": "2.1.330",
  "@earendil-works/pi-coding-agent": "0.87.1",
  [NODE_PACKAGE]: "22.23.3",
};

const CACHE = fromFileUrl(new URL("../../.cache/agents/", import.meta.url));
/** About 200 MB come over the network. */
const INSTALL_MS = 600_000;

/** The programs, after installing them if that has not been done to its end before. */
export async function installAgents(): Promise<AgentPrograms> {
  const folder = join(CACHE, await hashOf(JSON.stringify(PACKAGES)));
  await Deno.mkdir(CACHE, { recursive: true });
  // Two runs at the same moment take turns; the lock ends with the process that holds it.
  using lock = await Deno.open(`${folder}.lock`, { create: true, write: true });
  const exclusive = true;
  await lock.lock(exclusive);
  const marker = join(folder, "installed");
  if (!await isThere(marker)) {
    await install(folder);
    await Deno.writeTextFile(marker, "");
  }
  const modules = join(folder, "node_modules");
  return {
    node: join(modules, NODE_PACKAGE, "bin", "node"),
    pi: join(modules, "@earendil-works/pi-coding-agent/dist/bundle/cli.js"),
    claude: await findClaude(join(modules, "@anthropic-ai")),
  };
}

async function install(folder: string): Promise<void> {
  // What was not installed to its end is not mended but made anew.
  if (await isThere(folder)) await Deno.remove(folder, { recursive: true });
  await Deno.mkdir(folder);
  // A manifest of its own keeps npm from looking for one in the folders above.
  const manifest = { private: true, dependencies: PACKAGES };
  await Deno.writeTextFile(join(folder, "package.json"), JSON.stringify(manifest, null, 2));
  const npm = new Deno.Command("npm", {
    args: ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
    cwd: folder,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = npm.output();
  if (await within(output, INSTALL_MS) === "late") npm.kill();
  const { success, code, stdout, stderr } = await output;
  if (success) return;
  const said = new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout);
  throw new Error(`npm could not install the agents (exit code ${code}):\n${said.slice(-2_000)}`);
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

function platformName(): string {
  return `${Deno.build.os}-${Deno.build.arch === "aarch64" ? "arm64" : "x64"}`;
}

async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex().slice(0, 12);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * Real agents from npm and PyPI, in pinned versions, installed once per checkout. Linux and macOS.
 *
 * No install script is run: each program is a script for Node.js, or a native binary that npm
 * picks for this system from the optional dependencies.
 *
 * @module
 */

import { join } from "node:path";
import type { AgentName } from "../../settings.ts";
import { fromFileUrl } from "../../support/paths.ts";
import {
  installFromNpm,
  installOnce,
  NODE_PACKAGE,
  NODE_VERSION,
  runInstaller,
} from "../support/install_once.ts";
import { VERSIONS } from "./versions.ts";

/** How a program is started: with these words before its own arguments. */
export type ProgramWords = readonly [command: string, ...args: string[]];

/** The programs from npm. */
export interface AgentPrograms {
  /** Node.js that is new enough for all. */
  readonly node: string;
  /** The folder of {@link AgentPrograms.node}. */
  readonly nodeFolder: string;
  readonly claude: ProgramWords;
  readonly codex: ProgramWords;
  readonly gemini: ProgramWords;
  readonly opencode: ProgramWords;
  readonly pi: ProgramWords;
  readonly copilot: ProgramWords;
  readonly qwen: ProgramWords;
}

const PACKAGES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.values(VERSIONS).filter(({ registry }) => registry === "npm")
      .map(({ package: name, version }) => [name, version]),
  ),
  // Several need Node 22.
  [NODE_PACKAGE]: NODE_VERSION,
};

/** The programs from npm, after installing them if that has not been done to its end before. */
export async function installAgents(): Promise<AgentPrograms> {
  const folder = await installOnce("agents", {
    pins: JSON.stringify(PACKAGES),
    install: (folder) => installFromNpm(folder, PACKAGES),
  });
  const modules = join(folder, "node_modules");
  const nodeFolder = join(modules, NODE_PACKAGE, "bin");
  const node = join(nodeFolder, "node");
  const script = (path: string): ProgramWords => [node, join(modules, path)];
  const { claude, opencode } = VERSIONS;
  return {
    node,
    nodeFolder,
    claude: [await findNative(modules, { package: claude.package, file: "claude" })],
    codex: script("@openai/codex/bin/codex.js"),
    gemini: script("@google/gemini-cli/bundle/gemini.js"),
    opencode: [
      await findNative(modules, {
        package: opencode.package.replace(/-ai$/, ""),
        file: "bin/opencode",
      }),
    ],
    pi: script("@earendil-works/pi-coding-agent/dist/bundle/cli.js"),
    copilot: script("@github/copilot/npm-loader.js"),
    qwen: script("@qwen-code/qwen-code/cli-entry.js"),
  };
}

/**
 * A binary in the package for this system. The agent's own command is only a placeholder until an
 * install script, which is not run here, has replaced it.
 */
async function findNative(
  modules: string,
  native: { readonly package: string; readonly file: string },
): Promise<string> {
  const [name = "", scope] = native.package.split("/").toReversed();
  const folder = scope === undefined ? modules : join(modules, scope);
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (entry.name.startsWith(`${name}-`) && entry.name !== "opencode-ai") found.push(entry.name);
  }
  // The shortest name: those of variants for older processors are longer.
  const [first] = found.toSorted((a, b) => a.length - b.length);
  if (first === undefined) throw new Error(`npm found no ${native.package} for this system`);
  return join(folder, first, native.file);
}

/** All programs. */
export type InstalledPrograms = AgentPrograms & {
  /** An empty list where it cannot be had. */
  readonly hermes: readonly string[];
};

/** All agents, and why some of them cannot be had on this machine. */
export async function installPrograms(): Promise<{
  readonly programs: InstalledPrograms;
  readonly missing: Readonly<Partial<Record<AgentName, string>>>;
}> {
  const [agents, hermes] = await Promise.all([installAgents(), installHermes()]);
  if (hermes.kind === "installed") {
    return { programs: { ...agents, hermes: hermes.words }, missing: {} };
  }
  return { programs: { ...agents, hermes: [] }, missing: { hermes: hermes.reason } };
}

type HermesProgram =
  | { readonly kind: "installed"; readonly words: ProgramWords }
  | { readonly kind: "unavailable"; readonly reason: string };

const REQUIREMENTS = fromFileUrl(new URL("requirements.txt", import.meta.url));
/** What Hermes 0.19.0 says of itself: `>=3.11,<3.14`. */
const PYTHONS = ["python3", "python3.13", "python3.12", "python3.11"];

/** Hermes in a virtual environment of its own. */
async function installHermes(): Promise<HermesProgram> {
  const python = await findPython();
  if (python === null) {
    const reason = "needs Python 3.11 to 3.13 with venv, on Debian the package python3-venv";
    return { kind: "unavailable", reason };
  }
  const folder = await installOnce("hermes", {
    pins: await Deno.readTextFile(REQUIREMENTS),
    install: (cwd) => makeEnvironment(python, cwd),
  });
  return { kind: "installed", words: [join(folder, "venv/bin/hermes")] };
}

async function makeEnvironment(python: string, cwd: string): Promise<void> {
  await runInstaller(python, { args: ["-m", "venv", "venv"], cwd });
  const options = ["--no-input", "--disable-pip-version-check", "--only-binary=:all:"];
  const args = ["-m", "pip", "install", ...options, "--requirement", REQUIREMENTS];
  await runInstaller(join(cwd, "venv/bin/python"), { args, cwd });
}

async function findPython(): Promise<string | null> {
  const probe = "import sys, ensurepip, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))";
  for (const command of PYTHONS) {
    try {
      const { success } = await new Deno.Command(command, {
        args: ["-c", probe],
        stdout: "null",
        stderr: "null",
      }).output();
      if (success) return command;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return null;
}

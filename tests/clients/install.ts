/**
 * The Databricks SDKs from PyPI and npm, in pinned versions, installed once per checkout.
 *
 * @module
 */

import { join } from "node:path";
import { fromFileUrl } from "../../support/paths.ts";
import {
  installFromNpm,
  installOnce,
  NODE_PACKAGE,
  NODE_VERSION,
  runInstaller,
} from "../support/install_once.ts";
import type { CallerProgram } from "./caller.ts";

const REQUIREMENTS = pathTo("requirements.txt");
const PACKAGES: Readonly<Record<string, string>> = {
  "@databricks/sdk-experimental": "0.17.0",
  // The SDK wants Node 22.
  [NODE_PACKAGE]: NODE_VERSION,
};

/** `databricks-sdk` in a virtual environment of its own. */
export async function installPython(): Promise<CallerProgram> {
  const folder = await installOnce("clients-python", {
    pins: await Deno.readTextFile(REQUIREMENTS),
    install: installRequirements,
  });
  return { command: join(folder, "venv/bin/python"), args: [pathTo("caller.py")] };
}

/** `@databricks/sdk-experimental`, and a Node.js that is new enough for it. */
export async function installJavaScript(): Promise<CallerProgram> {
  const folder = await installOnce("clients-javascript", {
    pins: JSON.stringify(PACKAGES),
    install: (folder) => installFromNpm(folder, PACKAGES),
  });
  const command = join(folder, "node_modules", NODE_PACKAGE, "bin/node");
  return { command, args: [pathTo("caller.mjs"), join(folder, "package.json")] };
}

async function installRequirements(cwd: string): Promise<void> {
  // On Debian this needs the package python3-venv.
  await runInstaller("python3", { args: ["-m", "venv", "venv"], cwd });
  const options = ["--no-input", "--disable-pip-version-check", "--only-binary=:all:"];
  const args = ["-m", "pip", "install", ...options, "--requirement", REQUIREMENTS];
  await runInstaller(join(cwd, "venv/bin/python"), { args, cwd });
}

function pathTo(name: string): string {
  return fromFileUrl(new URL(name, import.meta.url));
}

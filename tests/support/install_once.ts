/**
 * Programs for tests, in pinned versions, installed once per checkout. Linux and macOS.
 *
 * @module
 */

import { join } from "node:path";
import { fromFileUrl } from "../../support/paths.ts";
import { within } from "../../support/within.ts";

/** Some 200 MB may come over the network. */
const INSTALL_MS = 600_000;
const CACHE = fromFileUrl(new URL("../../.cache/", import.meta.url));

/** npm's name of the package that carries Node.js itself: distributions have older ones. */
export const NODE_PACKAGE = `node-${platformName()}`;
/** A version that is new enough for all. */
export const NODE_VERSION = "22.23.3";

/**
 * A folder in which `install` has run to its end: now, or earlier with the same `pins`.
 *
 * @throws {Error} what `install` throws.
 */
export async function installOnce(
  name: string,
  options: { readonly pins: string; readonly install: (folder: string) => Promise<void> },
): Promise<string> {
  const cache = join(CACHE, name);
  const folder = join(cache, await hashOf(options.pins));
  await Deno.mkdir(cache, { recursive: true });
  // Two runs at the same moment take turns; the lock ends with the process that holds it.
  using lock = await Deno.open(`${folder}.lock`, { create: true, write: true });
  const exclusive = true;
  await lock.lock(exclusive);
  const marker = join(folder, "installed");
  if (await isThere(marker)) return folder;
  // What was not installed to its end is not mended but made anew.
  if (await isThere(folder)) await Deno.remove(folder, { recursive: true });
  await Deno.mkdir(folder);
  await options.install(folder);
  await Deno.writeTextFile(marker, "");
  return folder;
}

/** Installs packages from npm below `folder`, by name and exact version. */
export async function installFromNpm(
  folder: string,
  packages: Readonly<Record<string, string>>,
): Promise<void> {
  // A manifest of its own keeps npm from looking for one in the folders above.
  const manifest = { private: true, dependencies: packages };
  await Deno.writeTextFile(join(folder, "package.json"), JSON.stringify(manifest, null, 2));
  const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  await runInstaller("npm", { args, cwd: folder });
}

/**
 * Runs a program that installs something.
 *
 * @throws {Error} with its last words if it fails, or takes ten minutes.
 */
export async function runInstaller(
  command: string,
  { args, cwd }: { readonly args: readonly string[]; readonly cwd: string },
): Promise<void> {
  const child = new Deno.Command(command, {
    args: [...args],
    cwd,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = child.output();
  if (await within(output, INSTALL_MS) === "late") child.kill();
  const { success, code, stdout, stderr } = await output;
  if (success) return;
  const said = new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout);
  const what = [command, ...args].join(" ");
  throw new Error(`Failed with exit code ${code}: ${what}\n${said.slice(-2_000)}`);
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

/**
 * Prints the list for one permission flag, made of the same settings that the command will read:
 * a process gets exactly its own files and hosts, which `deno.json` cannot name.
 *
 *     deno run -P=grants permissions.ts <net|read|write|run> <serve|setup|ask|keys|doctor|demo>
 *
 * @module
 */

import { dirname } from "node:path";
import { programPlaces } from "./console/doctor/agents/program.ts";
import { placesToRead } from "./console/doctor/places.ts";
import { type Environment, SETTING_NAMES, type Settings } from "./settings.ts";
import { proxyOrigin } from "./setup/agents/endpoint.ts";
import { setupAgents } from "./setup/command.ts";
import { madeFolders, setupPaths } from "./setup/paths.ts";
import { printOut } from "./support/log.ts";
import { fromFileUrl } from "./support/paths.ts";
import { grantsInputOf, readConfiguration, targetOf } from "./supervisor/boot.ts";
import { keysFileOf } from "./supervisor/isolate_config.ts";
import {
  type Grants,
  grantsForAsking,
  grantsForDoctor,
  grantsForKeys,
  grantsForServe,
  grantsForSetup,
  type SetupGrantsInput,
} from "./supervisor/grants.ts";

const [kind, command] = Deno.args;
if (kind !== "net" && kind !== "read" && kind !== "write" && kind !== "run") {
  throw new TypeError(`Cannot print permissions: "${kind ?? ""}" is none of net, read, write, run`);
}
const env = Object.fromEntries(
  SETTING_NAMES.map((name) => [name, Deno.env.get(name)]),
);
const list = command === "demo" ? demoList(kind) : await listFor(kind);
// The workers' own code is read by path; and an empty list would be no flag.
const code = kind === "read" ? [fromFileUrl(new URL(".", import.meta.url))] : [];
const nothing = kind === "net" ? "127.0.0.1:1" : "/nonexistent";
printOut([...list, ...code].join(",") || nothing);

async function listFor(kind: keyof Grants): Promise<readonly string[]> {
  const { settings, workspaceHost } = await readConfiguration(env);
  // What is wrong is for the command to say, with every problem.
  if (settings === null) return [];
  if (command === "setup") return grantsForSetup(await setupInput(settings, env))[kind];
  const input = await grantsInputOf(settings, workspaceHost);
  if (command === "keys") return grantsForKeys(input, await keysPlaces(settings))[kind];
  if (command === "doctor") return grantsForDoctor(input, await doctorPlaces(settings))[kind];
  return (command === "ask" ? grantsForAsking(input) : grantsForServe(input).supervisor)[kind];
}

/** What `keys` needs beside its file: folders that are to be made, the file behind a link. */
async function keysPlaces(settings: Settings): Promise<readonly string[]> {
  const linked = await linkedKeys(settings);
  const targets = linked.flatMap(({ target }) => [target, `${target}.tmp`]);
  return [...await missing([settings.configFolder]), ...targets];
}

/** `keys.json` and the file behind it, if it is a symbolic link. */
async function linkedKeys(settings: Settings): Promise<SetupGrantsInput["configs"]> {
  const path = keysFileOf(settings);
  const target = await targetOf(path);
  return target === path ? [] : [{ path, target }];
}

/** What the doctor reads, and the files behind symbolic links. */
async function doctorPlaces(settings: Settings): Promise<readonly string[]> {
  const { own, looked } = setupPaths(settings, env);
  const files = [...placesToRead(settings), ...own, ...looked];
  const targets = await Promise.all(files.map((path) => Deno.realPath(path).catch(() => path)));
  const programs = await programPlaces(setupAgents, Deno.env.get("PATH") ?? "");
  return [...files, ...targets.filter(isNameable), ...programs, `${settings.stateFolder}/setup`];
}

function isNameable(path: string): boolean {
  return !path.includes(",");
}

/** The demo reads none of the settings. */
function demoList(kind: keyof Grants): readonly string[] {
  return kind === "read" || kind === "write" ? [tempFolder()] : [];
}

/** Where the demo makes its home. */
function tempFolder(): string {
  return Deno.env.get("TMPDIR")?.replace(/\/+$/, "") || "/tmp";
}

async function setupInput(settings: Settings, env: Environment): Promise<SetupGrantsInput> {
  const { configFolder, stateFolder, profileFile } = settings;
  const { own, looked } = setupPaths(settings, env);
  const configs = await Promise.all(
    own.map(async (path) => ({ path, target: await targetOf(path) })),
  );
  const toMake = await missing([...own.map((path) => dirname(path)), configFolder]);
  const madeOnes = await madeFolders(settings);
  return {
    configs: [...configs, ...await linkedKeys(settings)],
    looked,
    folders: [...new Set([...toMake, ...madeOnes])],
    configFolder,
    stateFolder,
    profileFile,
    proxy: new URL(proxyOrigin(settings)),
  };
}

/** What would have to be made to have these folders. */
async function missing(folders: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(folders.map(outermostMissing));
  return found.filter((folder) => folder !== null);
}

/** What would have to be made to have `folder`, `null` if it is there. */
async function outermostMissing(folder: string): Promise<string | null> {
  if (await Deno.stat(folder).catch(() => null) !== null) return null;
  const parent = dirname(folder);
  return parent === folder ? null : await outermostMissing(parent) ?? folder;
}

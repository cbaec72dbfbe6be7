/**
 * Whether an agent's program is there, and which version. Nothing is run for it: permission to run
 * something is the one that makes all others void.
 *
 * @module
 */

import { basename, dirname } from "node:path";
import { assertNameable } from "../../../settings/places.ts";

/** A program that was found. */
export interface Program {
  readonly path: string;
  /** Name and version of the npm package that it belongs to; `null` if it is of another kind. */
  readonly version: string | null;
}

/** How far above a program its `package.json` may be. */
const LEVELS = 5;

/** The program `name` in the folders of `path` (the variable PATH), `null` if there is none. */
export async function findProgram(name: string, path: string): Promise<Program | null> {
  for (const file of candidatesFor(name, path)) {
    const target = await realPathOf(file);
    if (target === null) continue;
    return { path: file, version: await versionOf(target) };
  }
  return null;
}

/** All that {@link findProgram} reads for these names, for the permissions. */
export async function programPlaces(
  names: readonly string[],
  path: string,
): Promise<readonly string[]> {
  const places: string[] = [];
  for (const file of names.flatMap((name) => candidatesFor(name, path))) {
    const target = await realPathOf(file);
    if (target === null) continue;
    places.push(file, target, ...packagesAbove(target));
  }
  return [...new Set(places)].filter(isNameable);
}

function candidatesFor(name: string, path: string): readonly string[] {
  const folders = path.split(":").filter((folder) => folder.startsWith("/"));
  return [...new Set(folders.map((folder) => `${folder.replace(/\/+$/, "")}/${name}`))]
    .filter(isNameable);
}

async function realPathOf(file: string): Promise<string | null> {
  try {
    const target = await Deno.realPath(file);
    return (await Deno.stat(target)).isFile ? target : null;
  } catch {
    // Not there, or not ours to see: the shell would go on to the next folder, too.
    return null;
  }
}

function packagesAbove(target: string): readonly string[] {
  const folders: string[] = [];
  for (let folder = dirname(target); folders.length < LEVELS && folder !== "/";) {
    folders.push(folder);
    folder = dirname(folder);
  }
  return folders.filter((folder) => basename(folder) !== "node_modules")
    .map((folder) => `${folder}/package.json`);
}

async function versionOf(target: string): Promise<string | null> {
  for (const path of packagesAbove(target)) {
    try {
      const { name, version } = JSON.parse(await Deno.readTextFile(path));
      if (typeof name === "string" && typeof version === "string") return `${name} ${version}`;
    } catch {
      // There is none here, or one without a version: the next one above may say it.
    }
  }
  return null;
}

function isNameable(path: string): boolean {
  try {
    assertNameable(path);
    return true;
  } catch {
    return false;
  }
}

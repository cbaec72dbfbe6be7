/**
 * A folder as a value: what is in its files, by their paths.
 *
 * @module
 */

import { dirname } from "node:path";

/** Text of each file below a folder, by its path from there. */
export type FileTree = Readonly<Record<string, string>>;

/** Reads all files below `folder`, sorted; a folder that is not there has none. */
export async function readTree(folder: string): Promise<FileTree> {
  return Object.fromEntries((await entriesIn(folder, "")).toSorted(byPath));
}

async function entriesIn(folder: string, prefix: string): Promise<[string, string][]> {
  const found: [string, string][] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(`${folder}/${prefix}`)) {
      const path = `${prefix}${name}`;
      if (isDirectory) found.push(...await entriesIn(folder, `${path}/`));
      else found.push([path, decode(await Deno.readFile(`${folder}/${path}`))]);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return found;
}

/** Byte order marks are bytes like any others. */
function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

function byPath([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1;
}

/** Writes `tree` below `folder`. */
export async function writeTree(folder: string, tree: FileTree): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const [path, text] of Object.entries(tree)) {
    await Deno.mkdir(dirname(`${folder}/${path}`), { recursive: true });
    await Deno.writeTextFile(`${folder}/${path}`, text);
  }
}

/** `tree` with each text changed by `change`. */
export function mapTree(tree: FileTree, change: (text: string) => string): FileTree {
  return Object.fromEntries(Object.entries(tree).map(([path, text]) => [path, change(text)]));
}

/** `tree` without the files that `isLeftOut` names. */
export function withoutFiles(tree: FileTree, isLeftOut: (path: string) => boolean): FileTree {
  return Object.fromEntries(Object.entries(tree).filter(([path]) => !isLeftOut(path)));
}

/** Every folder below `folder`, as a path from there, sorted. */
export async function foldersIn(folder: string, prefix = ""): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${folder}/${prefix}`)) {
    if (!isDirectory) continue;
    found.push(`${prefix}${name}`, ...await foldersIn(folder, `${prefix}${name}/`));
  }
  return found.toSorted();
}

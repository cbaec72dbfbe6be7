/**
 * The one durable write of the project: nobody ever reads half a file.
 *
 * @module
 */

import { dirname, resolve } from "node:path";
import { createSibling } from "./sibling.ts";

/** How {@link replaceFile} writes. */
export interface ReplaceFileOptions {
  /**
   * Mode of the new file.
   * @default {0o600}
   */
  readonly mode?: number;
  /**
   * What the file must still hold just before it is replaced (`null`: it must not exist).
   * Left out, the file is replaced whatever it holds.
   */
  readonly expected?: string | null;
}

/** The file was changed by someone else between reading and writing; nothing was written. */
export class FileMovedError extends Error {
  /** Names the path. */
  constructor(path: string) {
    super(
      `Cannot replace "${path}": it was changed by another program in the meantime`,
    );
    this.name = "FileMovedError";
  }
}

/**
 * Replaces `path` by `text`: a sibling named `path + ".tmp"` is written, synced and renamed.
 * A symbolic link is followed, so the link stays and its target changes.
 *
 * The folder cannot be opened for a sync without permission to read all of it, which no isolate
 * has. Instead the file is synced a second time after the rename: that commits the rename too,
 * since it changed the file's own inode.
 *
 * @throws {FileMovedError} if `expected` no longer holds.
 * @throws {TypeError} if `path` is there and not a regular file.
 */
export async function replaceFile(
  path: string,
  text: string,
  options: ReplaceFileOptions = {},
): Promise<void> {
  const { mode = 0o600, expected } = options;
  const target = await resolveTarget(path);
  const sibling = `${target}.tmp`;
  using file = await createSibling(sibling, mode);
  try {
    // The umask may have taken bits from the mode, and must not.
    await Deno.chmod(sibling, mode);
    await writeAll(file, new TextEncoder().encode(text));
    await file.sync();
    if (expected !== undefined && expected !== await readIfThere(target)) {
      throw new FileMovedError(path);
    }
    await Deno.rename(sibling, target);
  } catch (error) {
    // The first error says more than one of tidying up.
    await Deno.remove(sibling).catch(() => {});
    throw error;
  }
  // The new text is in place by now: a failure here must not be told as "nothing was written".
  await file.sync().catch(() => {});
}

/**
 * The file that `path` stands for, if that is a symbolic link, whether that file is there yet or
 * not. A link among the folders above stays in the path: permissions name the file by it.
 *
 * @throws {TypeError} if it is there and not a regular file.
 */
export async function resolveTarget(path: string): Promise<string> {
  const info = await lstatIfThere(path);
  if (info === null) return path;
  const target = info.isSymlink ? await followLink(path) : path;
  if (info.isSymlink ? await isOther(target) : !info.isFile) {
    throw new TypeError(`Cannot replace "${path}": it is not a regular file`);
  }
  return target;
}

async function followLink(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return await resolveTarget(resolve(dirname(path), await Deno.readLink(path)));
}

/** Whether something else than a file stands at `path`. */
async function isOther(path: string): Promise<boolean> {
  const info = await lstatIfThere(path);
  return info !== null && !info.isFile;
}

/**
 * The text of `path`, or `null` where there is no such file.
 *
 * @throws {TypeError} for a pipe or a device: opening one waits for somebody to write.
 */
export async function readIfThere(path: string): Promise<string | null> {
  try {
    refuseSpecial(await Deno.stat(path));
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/**
 * Refuses what is neither a file nor a folder, before it is opened.
 *
 * @throws {TypeError} if it is.
 */
export function refuseSpecial(info: Pick<Deno.FileInfo, "isFile" | "isDirectory">): void {
  // A folder is refused by whoever reads it, in words that say so.
  if (!info.isFile && !info.isDirectory) throw new TypeError("it is not a regular file");
}

async function lstatIfThere(path: string): Promise<Deno.FileInfo | null> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await file.write(bytes.subarray(written));
  }
}

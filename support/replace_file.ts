/**
 * The one durable write of the project: nobody ever reads half a file.
 *
 * @module
 */

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
  const target = await resolveTarget(path);
  const sibling = `${target}.tmp`;
  await Deno.remove(sibling).catch(ignoreMissing);
  try {
    const mode = options.mode ?? 0o600;
    using file = await Deno.open(sibling, {
      write: true,
      createNew: true,
      mode,
    });
    // The umask may have taken bits from the mode, and must not.
    await Deno.chmod(sibling, mode);
    await writeAll(file, new TextEncoder().encode(text));
    await file.sync();
    if (
      options.expected !== undefined &&
      options.expected !== await readIfThere(target)
    ) {
      throw new FileMovedError(path);
    }
    await Deno.rename(sibling, target);
    await file.sync();
  } catch (error) {
    await Deno.remove(sibling).catch(ignoreMissing);
    throw error;
  }
}

/** The text of `path`, or `null` where there is no such file. */
export async function readIfThere(path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function resolveTarget(path: string): Promise<string> {
  try {
    const target = await Deno.realPath(path);
    if (!(await Deno.stat(path)).isFile) {
      throw new TypeError(`Cannot replace "${path}": it is not a regular file`);
    }
    return target;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return path;
    throw error;
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await file.write(bytes.subarray(written));
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

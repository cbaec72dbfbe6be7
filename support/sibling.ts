/**
 * The file that is written beside another before it takes its place: one writer at a time has it.
 *
 * @module
 */

/**
 * Makes the sibling for this writer alone. Two writers of one file share its name, and one could
 * rename what the other has only half written: they take turns by a lock, which ends with the
 * process that holds it.
 */
export async function createSibling(sibling: string, mode: number): Promise<Deno.FsFile> {
  for (;;) {
    try {
      const file = await Deno.open(sibling, { write: true, createNew: true, mode });
      if (await isOwnTurnOrClosed(file, sibling)) return file;
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      await removeLeftover(sibling);
    }
  }
}

/** Waits for the writer that has the sibling, and removes what a crash has left of it. */
async function removeLeftover(sibling: string): Promise<void> {
  try {
    if (!(await Deno.lstat(sibling)).isFile) return await Deno.remove(sibling);
    using file = await Deno.open(sibling, { read: true });
    if (await isOwnTurn(file, sibling)) await Deno.remove(sibling);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** A file that is left open keeps its lock, and the next writer of this process would wait for it. */
async function isOwnTurnOrClosed(file: Deno.FsFile, path: string): Promise<boolean> {
  let isOwn = false;
  try {
    isOwn = await isOwnTurn(file, path);
    return isOwn;
  } finally {
    if (!isOwn) file.close();
  }
}

/** Takes the lock of `file`; says whether it still has its name, or was renamed meanwhile. */
async function isOwnTurn(file: Deno.FsFile, path: string): Promise<boolean> {
  const exclusive = true;
  try {
    const opened = await identify(file, path);
    // Some file systems have no locks; what is left there is the turn that chance gives.
    await file.lock(exclusive).catch(() => {});
    const named = await Deno.lstat(path);
    return opened.ino === named.ino && opened.dev === named.dev;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * Which file was just opened at `path`. Below a folder that is a symbolic link, Deno asks for
 * permission by the real path here, and here alone; then the name says it.
 */
async function identify(file: Deno.FsFile, path: string): Promise<Deno.FileInfo> {
  try {
    return await file.stat();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    return await Deno.lstat(path);
  }
}

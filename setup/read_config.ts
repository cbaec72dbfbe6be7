/**
 * Reading an agent's config, and refusing what is not a plain file of the person's own.
 *
 * @module
 */

import { ConfigError, describeError } from "../support/errors.ts";

/** A config as it lies there. */
export interface ConfigFile {
  /** Its absolute path. */
  readonly path: string;
  /** Its text, byte order mark included; `null` if there is no such file. */
  readonly text: string | null;
  /** Its permission bits, `null` if there is no such file. */
  readonly mode: number | null;
}

/** Who reads. */
export interface Reader {
  /** User id of this process, `null` where users have no numbers. */
  readonly uid: number | null;
}

/**
 * Reads a config.
 *
 * @throws {ConfigError} that names it, if it is no regular file, a link that leads nowhere,
 * somebody else's, or not UTF-8: written again it would lose bytes.
 */
export async function readConfig(path: string, { uid }: Reader): Promise<ConfigFile> {
  try {
    await refuseDeadLink(path);
    const info = await Deno.stat(path);
    refuseStrange(info, { uid });
    const text = decode(await Deno.readFile(path));
    return { path, text, mode: (info.mode ?? 0o600) & 0o777 };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { path, text: null, mode: null };
    throw new ConfigError([{ name: path, message: `is left alone: ${describeError(error)}` }]);
  }
}

/** Whether others than the owner may read or write a file with these bits. */
export function isOpen(mode: number | null): boolean {
  return mode !== null && (mode & 0o077) !== 0;
}

async function refuseDeadLink(path: string): Promise<void> {
  if (!(await Deno.lstat(path)).isSymlink) return;
  try {
    await Deno.stat(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new TypeError(
      `it is a symbolic link to "${await Deno.readLink(path)}", which is not there; ` +
        "make that file or remove the link",
    );
  }
}

function refuseStrange(info: Deno.FileInfo, { uid }: Reader): void {
  if (!info.isFile) throw new TypeError("it is not a regular file");
  if (uid !== null && info.uid !== null && info.uid !== uid) {
    throw new TypeError(
      `it belongs to user ${info.uid}, and setup runs as user ${uid}; run setup as its owner`,
    );
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new TypeError("it is not UTF-8");
  }
}

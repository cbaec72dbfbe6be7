/**
 * The folders of the service's own files: made at the start, and that of the journal again when
 * somebody removes it.
 *
 * @module
 */

/** Which folder is kept, and how. */
export interface KeepFolderOptions {
  /** Its absolute path. */
  readonly path: string;
  /**
   * How often it is looked at.
   * @default {1_000}
   */
  readonly everyMs?: number;
}

/** Makes `path` and what it stands in, for its owner alone. One that is there is left as it is. */
export async function makeFolder(path: string): Promise<void> {
  await Deno.mkdir(path, { recursive: true, mode: 0o700 });
}

/**
 * Makes a folder again when it is gone. Nothing is minted that cannot be journalled, so without
 * its folder the rotator would try until the last token lapses; and it may not make it.
 *
 * @returns what ends it.
 */
export function keepFolder({ path, everyMs = 1_000 }: KeepFolderOptions): () => void {
  // What stands in the way is told by the rotator, which cannot write there.
  const timer = setInterval(() => void makeFolder(path).catch(() => {}), everyMs);
  return () => clearInterval(timer);
}

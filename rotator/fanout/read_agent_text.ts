/**
 * Reads one of the agents' files.
 *
 * @module
 */

/** A file as it is. */
export interface AgentText {
  /** With its byte order mark; what is not UTF-8 is lost in it. */
  readonly text: string;
  /** Whether all of the file is in the text. */
  readonly isWhole: boolean;
  /** `null` where the system has none. */
  readonly mode: number | null;
}

/**
 * The file behind `path`, through symbolic links; `null` if there is none.
 *
 * @throws {TypeError} if it is not a regular file.
 */
export async function readAgentText(path: string): Promise<AgentText | null> {
  try {
    const { isFile, mode } = await Deno.stat(path);
    // Looked at before it is opened: a pipe would wait for somebody to write.
    if (!isFile) throw new TypeError("it is not a regular file");
    const bytes = await Deno.readFile(path);
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    return { text, isWhole: isUtf8(bytes), mode };
  } catch (error) {
    const isAbsent = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory;
    if (isAbsent) return null;
    throw error;
  }
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/**
 * Homes for services whose credentials come from an OAuth client or a command, and what is left in
 * them.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Workspace } from "../../demo/workspace.ts";
import { secretsSeenBy, type ServeProcess } from "./serve_process.ts";

/** A home that may hold anything. */
export interface SourceHome extends AsyncDisposable {
  readonly folder: string;
  /** Writes an executable file into the home; gives its path. */
  script(name: string, ...lines: readonly string[]): Promise<string>;
}

/** A home without a profile. */
export async function makeSourceHome(): Promise<SourceHome> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "keyturn-source-" }));
  return {
    folder,
    script: async (name, ...lines) => {
      const path = `${folder}/${name}`;
      // Renamed into its place: a file that is being written cannot be run.
      await Deno.writeTextFile(`${path}.new`, ["#!/bin/sh", ...lines, ""].join("\n"), {
        mode: 0o755,
      });
      await Deno.rename(`${path}.new`, path);
      return path;
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** Every file below `folder`, by its path in it, with its text. */
export async function readAllFiles(folder: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const visit = async (path: string) => {
    for await (const { name, isDirectory, isFile } of Deno.readDir(path)) {
      if (isDirectory) await visit(`${path}/${name}`);
      if (!isFile) continue;
      const file = `${path}/${name}`;
      found.set(file.slice(folder.length + 1), await Deno.readTextFile(file));
    }
  };
  await visit(folder);
  return found;
}

/** No bearer that the workspace ever saw, and none of `secrets`, in the log or in `texts`. */
export function assertUnseen(
  workspace: Workspace,
  options: {
    readonly process: ServeProcess;
    readonly texts?: Iterable<string>;
    readonly secrets?: readonly string[];
  },
): void {
  const { process, texts = [], secrets = [] } = options;
  const seen = [...secretsSeenBy(workspace), ...secrets];
  assert(seen.length > secrets.length, "tokens were seen");
  for (const text of [process.stdout, process.stderr, ...texts]) {
    for (const secret of seen) assert(!text.includes(secret));
  }
}

/**
 * A home folder with agents' files in it, and a fan-out that knows three of our tokens.
 *
 * @module
 */

import assert from "node:assert/strict";
import { dirname } from "node:path";
import { Fanout, type FanoutEffects, type TargetReport } from "../../rotator/fanout/fanout.ts";
import { idOf } from "../../rotator/fanout/our_tokens.ts";
import { findAgentFiles } from "../../settings/agent_files.ts";
import type { AgentFile, AgentFileName } from "../../support/agent_file.ts";
import { Secret } from "../../workspace/credential.ts";

/** The token that the files hold at first, one before it, and the one that follows. */
export const [OLD, OLDER, NEXT] = ["dapi-old-0001", "dapi-older-0002", "dapi-next-0003"] as const;

/** Every token of ours. */
export const OURS: readonly string[] = [OLD, OLDER, NEXT];

/** What {@link AgentHome.run} asks for, if nothing else is said. */
export const ORDER = {
  next: new Secret(NEXT),
  isOurs: (id: string) => OURS.some((token) => idOf(token) === id),
};

/** The home; gone when it is disposed of. */
export class AgentHome implements AsyncDisposable {
  readonly folder: string;
  /** The files, whether they are there or not. */
  readonly files: readonly AgentFile[];
  readonly fanout: Fanout;
  readonly #paths: ReadonlyMap<AgentFileName, string>;

  private constructor(folder: string, effects: FanoutEffects) {
    this.folder = folder;
    this.files = findAgentFiles(folder, {});
    this.#paths = new Map(this.files.map(({ target, path }) => [target, path]));
    this.fanout = new Fanout(this.files, effects);
  }

  /** With the given files, each with mode 0600. */
  static async make(
    files: Partial<Readonly<Record<AgentFileName, string>>> = {},
    effects: FanoutEffects = {},
  ): Promise<AgentHome> {
    const home = new AgentHome(await Deno.realPath(await Deno.makeTempDir()), effects);
    for (const [name, text] of Object.entries(files)) {
      await home.write(name as AgentFileName, text);
    }
    return home;
  }

  /** Where a file is, or would be. */
  path(name: AgentFileName): string {
    const path = this.#paths.get(name);
    assert.ok(path !== undefined);
    return path;
  }

  /** Writes a file as its agent or a person would. */
  async write(name: AgentFileName, text: string | Uint8Array, mode = 0o600): Promise<void> {
    const path = this.path(name);
    await Deno.mkdir(dirname(path), { recursive: true });
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    await Deno.writeFile(path, bytes, { mode });
    await Deno.chmod(path, mode);
  }

  /** The text of a file. */
  async read(name: AgentFileName): Promise<string> {
    return await Deno.readTextFile(this.path(name));
  }

  /** The permission bits of a file. */
  async mode(name: AgentFileName): Promise<number> {
    return ((await Deno.stat(this.path(name))).mode ?? 0) & 0o777;
  }

  /** What the one file became; the others must be absent. */
  async run(name: AgentFileName, order = ORDER): Promise<TargetReport> {
    const { targets } = await this.fanout.run(order);
    for (const { target, result } of targets) if (target !== name) assert.equal(result, "absent");
    const report = targets.find(({ target }) => target === name);
    assert.ok(report !== undefined);
    return report;
  }

  /** Every path below the home, sorted. */
  async list(folder: string = this.folder): Promise<readonly string[]> {
    const found: string[] = [];
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = `${folder}/${name}`;
      found.push(path.slice(this.folder.length + 1));
      if (isDirectory) found.push(...await this.list(path));
    }
    return found.sort();
  }

  /** Removes it with all that is in it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

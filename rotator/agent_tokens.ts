/**
 * Keeps agents that hold the workspace token literally up to date: after each rotation, and again
 * at each tick for files that could not be written.
 *
 * @module
 */

import type { Logger } from "@logtape/logtape";
import type { AgentFile } from "../support/agent_file.ts";
import { type Secret, tokenIdOf } from "../workspace/credential.ts";
import type { AgentFileView } from "../protocol.ts";
import { Fanout, type TargetReport } from "./fanout/fanout.ts";
import type { JournalFile } from "./journal.ts";

/** What {@link AgentTokens} works with. */
export interface AgentTokensOptions {
  readonly files: readonly AgentFile[];
  readonly journal: JournalFile;
  readonly log: Logger;
}

/** Tokens that served are remembered, so that a file which missed several rotations gets the next. */
const REMEMBERED = 256;

/** The agents' files. */
export class AgentTokens {
  readonly #options: AgentTokensOptions;
  readonly #fanout: Fanout;
  readonly #served = new Set<string>();
  #held: ReadonlySet<string> = new Set();
  #reports: readonly TargetReport[] = [];

  /** Has looked at nothing yet. */
  constructor(options: AgentTokensOptions) {
    this.#options = options;
    this.#fanout = new Fanout(options.files);
  }

  /** Whether a file still holds that old token, or may. */
  isHeld(tokenId: string): boolean {
    return this.#held.has(tokenId);
  }

  /** What became of the files that are there, for people. */
  get view(): readonly AgentFileView[] {
    return this.#reports
      .filter(({ result }) => result !== "absent" && result !== "nothing")
      .map(({ target, path, result, reason }) => ({ target, path, result, reason }));
  }

  /** Puts `next` wherever an older token of ours stands. Never throws. */
  async fanOut(next: Secret): Promise<void> {
    const { journal } = this.#options;
    this.#remember(next);
    const { tokens, condemned } = journal.journal;
    const ours = new Set([...this.#served, ...tokens.map(({ id }) => id), ...condemned]);
    const { targets, held } = await this.#fanout.run({ next, isOurs: (id) => ours.has(id) });
    for (const report of targets) this.#tell(report);
    this.#held = held;
    this.#reports = targets;
  }

  /** Tries again what failed. Never throws. */
  async tend(current: Secret): Promise<void> {
    if (this.#reports.some(({ result }) => result === "failed")) await this.fanOut(current);
  }

  #remember(secret: Secret): void {
    this.#served.add(tokenIdOf(secret));
    const [oldest] = this.#served;
    if (this.#served.size > REMEMBERED && oldest !== undefined) this.#served.delete(oldest);
  }

  #tell({ target, path, result, replaced, reason }: TargetReport): void {
    const { log } = this.#options;
    if (result === "updated") return log.info("agent-file-updated", { target, path, replaced });
    const before = this.#reports.find((report) => report.path === path);
    // At each tick it fails for the same reason; once is enough.
    const isNews = before?.result !== result || before.reason !== reason;
    if (result === "failed" && isNews) log.warn("agent-file-failed", { target, path, reason });
  }
}

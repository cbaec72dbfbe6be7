/**
 * After a rotation, the agents' files that hold the old token literally get the new one.
 *
 * @module
 */

import { FormatError } from "../../formats/format.ts";
import type { AgentFile, AgentFileName } from "../../support/agent_file.ts";
import { describeError } from "../../support/errors.ts";
import { FileMovedError, replaceFile } from "../../support/replace_file.ts";
import { tokenIdOf } from "../../workspace/credential.ts";
import { findOurTokens } from "./our_tokens.ts";
import { type FanoutOrder, planFanout } from "./plan_fanout.ts";
import { readAgentText } from "./read_agent_text.ts";
import { TARGETS } from "./targets.ts";

/** What became of one file. Names no token. */
export interface TargetReport {
  /** Which file. */
  readonly target: AgentFileName;
  /** Where it is. */
  readonly path: string;
  /**
   * `updated`: it held an old token and has the new one · `current`: it had the new one ·
   * `nothing`: no managed field of it holds a token of ours · `absent`: there is no such file ·
   * `failed`: it may hold an old token still, or others may read the new one in it.
   */
  readonly result: "updated" | "current" | "nothing" | "absent" | "failed";
  /** Fields that have got the new token. */
  readonly replaced: number;
  /** Why it failed, or was left alone although it is there; in words. */
  readonly reason: string | null;
}

/** What became of all files. */
export interface FanoutReport {
  /** In the order of the files. */
  readonly targets: readonly TargetReport[];
  /** Ids of our old tokens that still stand in one of the files, where agents will use them. */
  readonly held: ReadonlySet<string>;
}

/** What {@link Fanout} does to the world beside reading. */
export interface FanoutEffects {
  /**
   * Replaces a file that still holds `expected`.
   * @default {replaceFile}
   */
  readonly replace?: (
    path: string,
    text: string,
    options: { readonly expected: string },
  ) => Promise<void>;
}

/** Tries against a program that rewrites the file at the same moment. */
const TRIES = 5;

const OWN_MODE = 0o600;

interface Visit {
  readonly report: Omit<TargetReport, "target" | "path">;
  /** Ids of ours that stand in the file afterwards. */
  readonly standing: ReadonlySet<string>;
}

/** Puts each new token into the files that held an old one. Makes no file and no folder. */
export class Fanout {
  readonly #files: readonly AgentFile[];
  readonly #replace: NonNullable<FanoutEffects["replace"]>;
  /** What stood in each file when it could last be read, for the time when it cannot. */
  readonly #standing = new Map<string, ReadonlySet<string>>();
  #turn: Promise<unknown> = Promise.resolve();

  /** Touches nothing yet. */
  constructor(files: readonly AgentFile[], { replace = replaceFile }: FanoutEffects = {}) {
    this.#files = files;
    this.#replace = replace;
  }

  /** Goes through all files once; a second call waits for the first. Never rejects for a file. */
  run(order: FanoutOrder): Promise<FanoutReport> {
    const turn = this.#turn.then(() => this.#runAll(order));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #runAll(order: FanoutOrder): Promise<FanoutReport> {
    const nextId = tokenIdOf(order.next);
    const targets: TargetReport[] = [];
    const held = new Set<string>();
    // One after the other: two names can lead to one file.
    for (const { target, path } of this.#files) {
      const { report, standing } = await this.#visit({ target, path }, order);
      this.#standing.set(path, standing);
      for (const id of standing) if (id !== nextId) held.add(id);
      targets.push({ target, path, ...report });
    }
    return { targets, held };
  }

  async #visit(file: AgentFile, order: FanoutOrder): Promise<Visit> {
    let text: string | null = null;
    for (let tries = 1;; tries++) {
      try {
        const found = await readAgentText(file.path);
        if (found === null) return visit({ result: "absent" });
        text = found.text;
        if (!found.isWhole) throw new FormatError("not UTF-8 text");
        return await this.#settle(file, { order, text, mode: found.mode });
      } catch (error) {
        if (error instanceof FileMovedError && tries < TRIES) continue;
        const standing = text === null
          ? this.#stoodIn(file.path, order)
          : new Set(findOurTokens(text, order.isOurs).keys());
        const nextId = tokenIdOf(order.next);
        // A file that is no config of its agent, and holds nothing of ours, is nobody's worry.
        const isHarmless = error instanceof FormatError &&
          [...standing].every((id) => id === nextId);
        const result = isHarmless ? "nothing" : "failed";
        return visit({ result, reason: reasonOf(error, order) }, standing);
      }
    }
  }

  async #settle(
    { target, path }: AgentFile,
    { order, text, mode }: { order: FanoutOrder; text: string; mode: number | null },
  ): Promise<Visit> {
    const plan = planFanout(text, { target: TARGETS[target], ...order });
    const { replaced, holdsNext, stuck, reason } = plan;
    if (plan.text !== text) await this.#replace(path, plan.text, { expected: text });
    else if (holdsNext && mode !== null && (mode & 0o077) !== 0) await Deno.chmod(path, OWN_MODE);
    const standing = new Set([...stuck, ...(holdsNext ? [tokenIdOf(order.next)] : [])]);
    if (stuck.size > 0) return visit({ result: "failed", replaced, reason }, standing);
    if (replaced > 0) return visit({ result: "updated", replaced }, standing);
    return visit({ result: holdsNext ? "current" : "nothing" }, standing);
  }

  #stoodIn(path: string, { isOurs }: FanoutOrder): ReadonlySet<string> {
    return new Set([...this.#standing.get(path) ?? []].filter(isOurs));
  }
}

function visit(
  { result, replaced = 0, reason = null }: Partial<Visit["report"]> & Pick<TargetReport, "result">,
  standing: ReadonlySet<string> = new Set(),
): Visit {
  return { report: { result, replaced, reason }, standing };
}

/** In words, and without a token, whatever the error says. */
function reasonOf(error: unknown, { next, isOurs }: FanoutOrder): string {
  if (error instanceof Deno.errors.NotCapable) {
    return "Keyturn has no permission for it; perhaps it is behind a symbolic link that was made " +
      "after the start: start Keyturn again";
  }
  const words = describeError(error).replaceAll(next.reveal(), "[redacted]");
  return [...findOurTokens(words, isOurs).values()]
    .reduce((text, token) => text.replaceAll(token, "[redacted]"), words);
}

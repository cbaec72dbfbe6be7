/**
 * What a real agent does when its question meets a trouble, read off what it asked and what it
 * told its user.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { HeadlessAgent } from "./headless.ts";
import type { HomeStage } from "./home_stage.ts";
import type { InstalledPrograms } from "./install.ts";
import { startAgent } from "./tool_run.ts";
import { describeRequests, withTranscript } from "./transcript.ts";
import type { Trouble } from "./troubles.ts";

/** What came of a trouble. All but the last four end with an answer. */
export type Reaction =
  /** Keyturn dealt with it. */
  | "unseen"
  | "asks again"
  /** It asks again, and gives up in the end. */
  | "asks in vain"
  | "gives up"
  /** The same, and what the error said to do is not told. */
  | "asks in vain, hides why"
  | "gives up, hides why";

/** What a run was like. */
export interface Run {
  /** How often the agent asked its question. */
  readonly tries: number;
  /** Whether it got and told the answer. */
  readonly isAnswered: boolean;
  /** Whether it told what the error said. */
  readonly isTold: boolean;
}

const LIMIT_MS = 120_000;

/** Asks a question that meets a trouble, and tells what came of it. */
export async function meetTrouble(
  trouble: Trouble,
  { agent, programs, stage }: {
    readonly agent: HeadlessAgent;
    readonly programs: InstalledPrograms;
    readonly stage: HomeStage;
  },
): Promise<Reaction> {
  const question = `Greet me, test ${crypto.randomUUID().slice(0, 8)}`;
  const meeting = await trouble.prepare({ agent, stage, question });
  await using process = startAgent({ agent, programs, stage }, question);
  const transcriptName = `${agent.name}-${trouble.column.replaceAll(/[^a-z0-9]+/g, "-")}`;
  return await withTranscript(transcriptName, {
    transcript: () => ({
      "the agent": process.everything(),
      "requests at the workspace": describeRequests(stage.modelRequests()),
    }),
    work: async () => {
      await meeting.attend();
      const { code, stdout } = await process.end(LIMIT_MS);
      // Screens break lines between words.
      const isAnswered = code === 0 && /You\s+said:/.test(stdout);
      const isTold = trouble.words.test(process.everything());
      return reactionOf({ tries: await meeting.tries(), isAnswered, isTold });
    },
  });
}

/**
 * Reads a reaction off a run.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { reactionOf } from "./trouble.ts";
 *
 * const run = { isAnswered: true, isTold: false };
 * assert.equal(reactionOf({ ...run, tries: 1 }), "unseen");
 * assert.equal(reactionOf({ ...run, tries: 2 }), "asks again");
 * assert.equal(reactionOf({ isAnswered: false, isTold: true, tries: 1 }), "gives up");
 * assert.equal(reactionOf({ ...run, isAnswered: false, tries: 3 }), "asks in vain, hides why");
 * ```
 */
export function reactionOf({ tries, isAnswered, isTold }: Run): Reaction {
  assert(tries > 0, "it has asked");
  if (isAnswered) return tries === 1 ? "unseen" : "asks again";
  const end = tries === 1 ? "gives up" : "asks in vain";
  return isTold ? end : `${end}, hides why`;
}

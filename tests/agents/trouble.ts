/**
 * What a real agent does when its question meets a dead token, a limit, and a stream that breaks
 * off, one after the other.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { RequestRecord } from "../../demo/workspace.ts";
import type { HeadlessAgent } from "./headless.ts";
import type { HomeStage } from "./home_stage.ts";
import type { InstalledPrograms } from "./install.ts";
import { startAgent } from "./tool_run.ts";
import { bodyOf, describeRequests, withTranscript } from "./transcript.ts";

/** What became of one trouble. `unseen`: Keyturn dealt with it; `unmet`: the agent gave up before. */
export type Reaction = "unseen" | "asks again" | "gives up" | "unmet";

/** What an agent did. */
export interface Reactions {
  /** The token was revoked by somebody else. */
  readonly deadToken: Reaction;
  /** 429 with `Retry-After`. */
  readonly limit: Reaction;
  /** The stream broke off after its first events. */
  readonly cut: Reaction;
}

const LIMIT_MS = 120_000;
const EVENTS = 2;
const BUSY = '{"error_code":"REQUEST_LIMIT_EXCEEDED","message":"Too many requests."}';

/** Asks a question that meets all three, and tells what came of them. */
export async function meetTrouble(
  { agent, programs, stage }: {
    readonly agent: HeadlessAgent;
    readonly programs: InstalledPrograms;
    readonly stage: HomeStage;
  },
): Promise<Reactions> {
  const { workspace, serve } = stage;
  const question = `Greet me, test ${crypto.randomUUID().slice(0, 8)}`;
  const { tokenId } = (await serve.status()).credential;
  assert(tokenId !== null && workspace.revoke(tokenId));
  const path = new RegExp(agent.wire.source.replace(/\\\?.*/, ""));
  workspace.fault({
    match: { path, nth: 2 },
    action: {
      kind: "status",
      status: 429,
      headers: { "content-type": "application/json", "retry-after": "1" },
      body: BUSY,
    },
  });
  workspace.fault({ match: { path, nth: 3 }, action: { kind: "cut-after", events: EVENTS } });
  await using process = startAgent({ agent, programs, stage }, question);
  let reactions: Reactions | null = null;
  await withTranscript(`${agent.name}-trouble`, {
    transcript: () => ({
      "the agent": process.everything(),
      "requests at the workspace": describeRequests(stage.modelRequests()),
    }),
    work: async () => {
      const { code, stdout } = await process.end(LIMIT_MS);
      const asked = stage.modelRequests().filter((each) => isAbout(each, question));
      reactions = reactionsTo(asked.map(({ status }) => status));
      const isAnswered = code === 0 && stdout.includes("Hello from");
      const isMet = Object.values(reactions).every((each) => each !== "gives up");
      assert.equal(isAnswered, isMet, "it answers if it has not given up");
    },
  });
  assert(reactions !== null);
  return reactions;
}

/**
 * Reads reactions off the statuses of a question's requests.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { reactionsTo } from "./trouble.ts";
 *
 * const all = { deadToken: "unseen", limit: "asks again", cut: "asks again" };
 * assert.deepEqual(reactionsTo([403, 429, 200, 200]), all);
 * assert.deepEqual(reactionsTo([403, 429, 200]), { ...all, cut: "gives up" });
 * assert.deepEqual(reactionsTo([403, 429]), { ...all, limit: "gives up", cut: "unmet" });
 * ```
 */
export function reactionsTo(statuses: readonly (number | null)[]): Reactions {
  const [dead, limit, cut, ...rest] = statuses;
  assert.equal(dead, 403, "the first request met the dead token");
  if (limit === undefined) return { deadToken: "gives up", limit: "unmet", cut: "unmet" };
  assert.equal(limit, 429, "the second met the limit");
  if (cut === undefined) return { deadToken: "unseen", limit: "gives up", cut: "unmet" };
  assert.equal(cut, 200, "the third got a stream");
  return {
    deadToken: "unseen",
    limit: "asks again",
    cut: rest.length === 0 ? "gives up" : "asks again",
  };
}

function isAbout(request: RequestRecord, question: string): boolean {
  return JSON.stringify(bodyOf(request)).includes(question);
}

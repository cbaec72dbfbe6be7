/**
 * One question to a real agent, whose answer takes a tool call, with the old token revoked between
 * the two requests.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { readConversation } from "../../demo/conversation.ts";
import type { RequestRecord } from "../../demo/workspace.ts";
import { until } from "../support/until.ts";
import type { HeadlessAgent } from "./headless.ts";
import type { HomeStage } from "./home_stage.ts";
import type { InstalledPrograms } from "./install.ts";
import { LineProcess } from "./line_process.ts";
import { checkRequest } from "./check_request.ts";
import { phaseOf, toolScript, waitAndGreet } from "./tool_script.ts";
import { bodyOf, describeRequests, withTranscript } from "./transcript.ts";

/** Agents start slowly on a machine that is busy, and again when they were just installed. */
const LIMIT_MS = 120_000;

/** Where a run takes place. */
export interface ToolRun {
  readonly agent: HeadlessAgent;
  readonly programs: InstalledPrograms;
  readonly stage: HomeStage;
  /** Name of the transcript. */
  readonly name: string;
}

/** Asks the agent, rotates while its tool runs, and checks all that came of it. */
export async function runAcrossRotation({ agent, programs, stage, name }: ToolRun): Promise<void> {
  const question = `Run the command of test ${crypto.randomUUID().slice(0, 8)} and tell its output`;
  // Within the folder of work: elsewhere, OpenCode asks for permission.
  const gate = join(stage.work, `gate-${name}`);
  const word = `word-${crypto.randomUUID().slice(0, 8)}`;
  stage.follow(toolScript({ question, command: waitAndGreet(gate) }));
  const before = await countsOf(agent, stage);
  await using process = startAgent({ agent, programs, stage }, question);
  const inPhase = (kind: string) =>
    stage.modelRequests().filter((each) => phaseIn(each, question) === kind);
  await withTranscript(name, {
    transcript: () => ({
      "setup": stage.setup,
      "the agent": process.everything(),
      "requests at the workspace": describeRequests(stage.modelRequests()),
    }),
    work: async () => {
      const [first] = await until("the first request is answered", () => {
        assert.equal(process.exitCode, null, "the agent ended before it asked");
        const asked = inPhase("asked").filter(({ finished }) => finished);
        return asked.length > 0 && asked;
      }, { limitMs: LIMIT_MS });
      await stage.rotate();
      assert.equal(inPhase("told").length, 0, "the tool waits for the rotation");
      await Deno.writeTextFile(gate, `${word}\n`);
      const { code, stdout } = await process.end(LIMIT_MS);
      assert.equal(code, 0, "its exit code");
      assert.match(stdout, new RegExp(`hi(?:\\s|\\\\n)+${word}`), "it tells the tool's output");
      const [second] = inPhase("told");
      assert.deepEqual([inPhase("asked").length, inPhase("told").length], [1, 1], "no retries");
      assert(first !== undefined && second !== undefined);
      assertRotated([first, second], stage);
      for (const request of [first, second]) assert.match(request.path, agent.wire);
      assert.deepEqual(dialectsOf(agent, stage), [agent.dialect], "in which it talks");
      for (const request of stage.modelRequests()) checkRequest(request, stage.keys);
      await assertQuiet(agent, { stage, before });
    },
  });
}

function assertRotated(
  [first, second]: readonly [RequestRecord, RequestRecord],
  { workspace }: HomeStage,
): void {
  const stateOf = (id: string | null) => workspace.tokens().find((token) => token.id === id)?.state;
  assert.notEqual(first.tokenId, second.tokenId, "each request had a token of its own");
  assert.deepEqual([stateOf(first.tokenId), stateOf(second.tokenId)], ["revoked", "live"]);
}

/** What the service has counted so far. */
interface Counts {
  readonly refused: Readonly<Record<string, number>>;
  readonly byAgent: number;
  readonly atWorkspace: number;
}

async function countsOf(agent: HeadlessAgent, stage: HomeStage): Promise<Counts> {
  const { refused, rescues, upstreamFailures, agents } = (await stage.serve.status()).requests;
  assert.deepEqual({ rescues, upstreamFailures }, { rescues: 0, upstreamFailures: 0 });
  const byAgent = agents[agent.name]?.requests ?? 0;
  return { refused, byAgent, atWorkspace: stage.modelRequests().length };
}

/** The service refused the agent nothing, and let it in under its own name. */
async function assertQuiet(
  agent: HeadlessAgent,
  { stage, before }: { readonly stage: HomeStage; readonly before: Counts },
): Promise<void> {
  const after = await countsOf(agent, stage);
  if (!agent.probes) assert.deepEqual(after.refused, before.refused);
  assert.equal(after.byAgent - before.byAgent, after.atWorkspace - before.atWorkspace);
}

/** What the service took an agent's requests for. */
function dialectsOf({ name }: HeadlessAgent, { serve }: HomeStage): readonly unknown[] {
  const asked = serve.events().filter((each) => each.method === "POST" && each.caller === name);
  return [...new Set(asked.map(({ dialect }) => dialect))];
}

/** Starts an agent as its user does, with one question. */
export function startAgent(
  { agent, programs, stage }: Pick<ToolRun, "agent" | "programs" | "stage">,
  question: string,
): LineProcess {
  const [command = "", ...args] = agent.words(programs, question);
  const sourcing = 'set -a; . "$1"; shift; exec "$@"';
  const [program, words] = agent.sourced === undefined
    ? [command, args]
    : ["/bin/sh", ["-c", sourcing, "sh", join(stage.home, agent.sourced), command, ...args]];
  return new LineProcess({
    name: agent.name,
    command: program,
    args: words,
    cwd: stage.work,
    env: { ...stage.env, ...agent.quiet, CI: "1", TERM: "dumb" },
    input: "none",
  });
}

function phaseIn(request: RequestRecord, question: string): string {
  return phaseOf(readConversation(bodyOf(request)), question).kind;
}

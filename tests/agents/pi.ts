/**
 * Pi without its terminal: one process, commands and events as lines of JSON.
 *
 * @module
 */

import assert from "node:assert/strict";
import * as v from "valibot";
import { HEADLESS } from "./headless.ts";
import type { HomeStage } from "./home_stage.ts";
import type { AgentPrograms } from "./install.ts";
import { LineProcess, parseLine } from "./line_process.ts";

/** A conversation with one process. */
export interface PiTalk extends AsyncDisposable {
  /** Asks, and waits for the end of the answer. */
  ask(question: string): Promise<string>;
  /** The end of what it has said, without secrets. */
  lastWords(): string;
}

/** Opens one with a provider of `models.json`, which Pi reads once. */
export function startPi(
  { provider, model }: { readonly provider: string; readonly model: string },
  { programs, stage }: { readonly programs: AgentPrograms; readonly stage: HomeStage },
): PiTalk {
  const [command, ...args] = programs.pi;
  const flags = ["--mode", "rpc", "--no-session", "--provider", provider, "--model", model];
  const { quiet } = HEADLESS.find(({ name }) => name === "pi") ?? {};
  const process = new LineProcess({
    name: `pi with ${provider}`,
    command,
    args: [...args, ...flags],
    cwd: stage.work,
    env: { ...stage.env, ...quiet, TERM: "dumb" },
  });
  let questions = 0;
  return {
    ask: async (question) => {
      questions++;
      await process.send({ type: "prompt", message: question });
      return await process.until(
        `an answer to question ${questions}`,
        ({ stdout }) => findAnswer(stdout, questions),
      );
    },
    lastWords: () => process.lastWords(),
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

/** The text of the last message when so many runs are over; `agent_settled` is past all retries. */
function findAnswer(lines: readonly string[], runs: number): string | undefined {
  const events = lines.map(parseLine).filter((event) => event !== null);
  if (events.filter(({ type }) => type === "agent_settled").length < runs) return undefined;
  const messages = events.filter(({ type }) => type === "message_end");
  return textOf(messages.at(-1)?.message);
}

function textOf(message: unknown): string {
  const { content, stopReason, errorMessage } = v.parse(MESSAGE, message);
  assert.equal(stopReason, "stop", `Pi stopped: ${errorMessage}`);
  return content.map(({ text }) => text ?? "").join("");
}

const MESSAGE = v.object({
  content: v.array(v.object({ text: v.optional(v.string()) })),
  stopReason: v.optional(v.string()),
  errorMessage: v.optional(v.string()),
});

/**
 * Pi without its terminal: one process, commands and events as lines of JSON.
 *
 * @module
 */

import { join } from "node:path";
import * as v from "valibot";
import type { Agent } from "./agent.ts";
import { LineProcess, parseLine } from "./line_process.ts";
import type { AgentPrograms } from "./install.ts";
import type { Rig } from "./rig.ts";

/** A way of Pi's to talk to models. */
export interface PiWire {
  /** Name of the conversation. */
  readonly name: string;
  /** Pi's name of the dialect. */
  readonly api: string;
  /** What is put behind the service's address; Pi adds the rest. */
  readonly basePath: string;
  /** Any name: the simulated workspace has every model. */
  readonly model: string;
  /** See {@link Agent.wire}. */
  readonly wire: RegExp;
}

/** Starts Pi with a literal key in its `models.json`, which it reads once. */
export async function startPi(
  { name, api, basePath, model, wire }: PiWire,
  { programs, rig }: { readonly programs: AgentPrograms; readonly rig: Rig },
): Promise<Agent> {
  const home = await rig.makeHome(name);
  const config = join(home.folder, ".pi/agent");
  await Deno.mkdir(config, { recursive: true });
  const provider = {
    baseUrl: `${rig.service.origin}${basePath}`,
    api,
    apiKey: rig.service.keys.agents.get("pi")?.reveal(),
    models: [{ id: model, contextWindow: 128_000, maxTokens: 8_000 }],
  };
  const models = { providers: { keyturn: provider } };
  await Deno.writeTextFile(join(config, "models.json"), JSON.stringify(models), { mode: 0o600 });
  const [command, ...args] = programs.pi;
  const process = new LineProcess({
    name,
    command,
    args: [...args, ...FLAGS, "--model", model],
    cwd: home.work,
    env: { ...home.env, PI_OFFLINE: "1", PI_TELEMETRY: "0", PI_SKIP_VERSION_CHECK: "1" },
  });
  let questions = 0;
  return {
    name,
    model,
    wire,
    ask: async (question) => {
      questions++;
      await process.send({ type: "prompt", message: question });
      return await process.until(
        `an answer to question ${questions}`,
        ({ stdout }) => findAnswer(stdout, questions),
      );
    },
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

const FLAGS = ["--mode", "rpc", "--no-session", "--provider", "keyturn"];

/** The text of the last message when so many runs are over; `agent_settled` is past all retries. */
function findAnswer(lines: readonly string[], runs: number): string | undefined {
  const events = lines.map(parseLine).filter((event) => event !== null);
  if (events.filter(({ type }) => type === "agent_settled").length < runs) return undefined;
  const messages = events.filter(({ type }) => type === "message_end");
  return textOf(messages.at(-1)?.message);
}

function textOf(message: unknown): string {
  const { content, stopReason, errorMessage } = v.parse(MESSAGE, message);
  if (stopReason !== "stop") return `Pi stopped with ${stopReason}: ${errorMessage}`;
  return content.map(({ text }) => text ?? "").join("");
}

const MESSAGE = v.object({
  content: v.array(v.object({ text: v.optional(v.string()) })),
  stopReason: v.optional(v.string()),
  errorMessage: v.optional(v.string()),
});

/**
 * Claude Code without its terminal: one process, turns and results as lines of JSON.
 *
 * @module
 */

import type { Agent } from "./agent.ts";
import { LineProcess, parseLine } from "./line_process.ts";
import type { AgentPrograms } from "./install.ts";
import type { Rig } from "./rig.ts";

const MODEL = "databricks-claude-sonnet-4-5";

/** Starts Claude Code with a key in its environment, which it cannot read again. */
export async function startClaude(
  { programs, rig }: { readonly programs: AgentPrograms; readonly rig: Rig },
): Promise<Agent> {
  const name = "claude";
  const home = await rig.makeHome(name);
  const [command, ...args] = programs.claude;
  const process = new LineProcess({
    name,
    command,
    args: [...args, ...FLAGS],
    cwd: home.work,
    env: {
      ...home.env,
      ...QUIET,
      ANTHROPIC_BASE_URL: `${rig.service.origin}/anthropic`,
      ANTHROPIC_AUTH_TOKEN: rig.service.keys.agents.get("claude")?.reveal() ?? "",
      ANTHROPIC_MODEL: MODEL,
      ANTHROPIC_DEFAULT_HAIKU_MODEL: "databricks-claude-haiku-4-5",
    },
  });
  let questions = 0;
  return {
    name,
    model: MODEL,
    wire: /\/anthropic\/v1\/messages\?beta=true$/,
    ask: async (question) => {
      questions++;
      await process.send({ type: "user", message: { role: "user", content: question } });
      return await process.until(
        `an answer to question ${questions}`,
        ({ stdout }) => findAnswer(stdout, questions),
      );
    },
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

const FLAGS = [
  "--print",
  "--input-format",
  "stream-json",
  "--output-format",
  "stream-json",
  "--verbose",
];

/** Nothing but the conversation goes over the network. */
const QUIET: Readonly<Record<string, string>> = {
  CI: "1",
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  DISABLE_TELEMETRY: "1",
  DISABLE_ERROR_REPORTING: "1",
  DISABLE_AUTOUPDATER: "1",
};

/** Each turn ends with one `result`, which holds the text, or the error in its place. */
function findAnswer(lines: readonly string[], turns: number): string | undefined {
  const results = lines.map(parseLine).filter((event) => event?.type === "result");
  const result = results[turns - 1];
  return result === undefined ? undefined : String(result?.result ?? result?.subtype);
}

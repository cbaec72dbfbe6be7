/**
 * The command line of `explain`.
 *
 * @module
 */

import { REQUEST_REPAIRS } from "../proxy/repairs/table.ts";
import type { Settings } from "../settings.ts";
import { ConfigError, describeError, type Problem } from "../support/errors.ts";
import type { Dialect } from "../workspace/endpoints.ts";
import { DIALECTS, readCaptured } from "./captured.ts";
import { explainRequest, renderExplained } from "./explain.ts";

/** What the command is given. */
export interface ExplainCommandOptions {
  readonly settings: Settings;
  readonly write: (text: string) => void;
  readonly color: "color" | "plain";
}

interface Flags {
  readonly file: string;
  readonly dialect: Dialect | null;
  readonly format: "text" | "json";
}

/**
 * Explains the capture in a file, or in standard input for `-`.
 *
 * @throws {ConfigError} if the flags or the file are not what is wanted.
 */
export async function runExplain(
  args: readonly string[],
  { settings, write, color }: ExplainCommandOptions,
): Promise<0> {
  const { file, dialect, format } = parseFlags(args);
  const captured = readCaptured(await readText(file), { name: file, dialect });
  const mode = settings.upstreamMode === "auto" ? "ai-gateway" : settings.upstreamMode;
  const { repairsOff: off } = settings;
  const explained = explainRequest(captured, { repairs: REQUEST_REPAIRS, off, mode });
  const { dialect: spoken } = captured.route;
  if (format === "text") write(renderExplained(captured, { explained, color }));
  else write(`${JSON.stringify({ version: 1, dialect: spoken, repairs: explained }, null, 2)}\n`);
  return 0;
}

function parseFlags(args: readonly string[]): Flags {
  const problems: Problem[] = [];
  const files = args.filter((arg) => arg === "-" || !arg.startsWith("-"));
  let dialect: Dialect | null = null;
  for (const arg of args.filter((arg) => !files.includes(arg) && arg !== "--json")) {
    const wanted = DIALECTS.find((name) => arg === `--dialect=${name}`);
    if (wanted !== undefined) dialect = wanted;
    else {
      const message = `is not known here; wanted --json, --dialect=${DIALECTS.join("|")}`;
      problems.push({ name: arg, message });
    }
  }
  const [file = ""] = files;
  if (files.length !== 1) {
    const message = `wanted one file with a captured request (- for standard input), ` +
      `got ${files.length}`;
    problems.push({ name: "explain", message });
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return { file, dialect, format: args.includes("--json") ? "json" : "text" };
}

async function readText(file: string): Promise<string> {
  if (file === "-") return await new Response(Deno.stdin.readable).text();
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    const message = `cannot be read: ${describeError(error)}`;
    throw new ConfigError([{ name: file, message }]);
  }
}

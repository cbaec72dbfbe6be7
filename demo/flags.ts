/**
 * The arguments of `keyturn demo`.
 *
 * @module
 */

import { ConfigError, type Problem } from "../support/errors.ts";

/** How the demo is to run. */
export interface DemoFlags {
  /** After how many seconds it stops by itself; `null`: at a signal. */
  readonly seconds: number | null;
  /** `json`: one summary at the end and nothing else on stdout. */
  readonly format: "text" | "json";
}

const MAX_SECONDS = 86_400;
const WANTED_SECONDS = `wanted whole seconds from 1 to ${MAX_SECONDS}, such as --seconds 40`;

/**
 * Arguments → flags.
 *
 * @throws {ConfigError} with everything that is wrong with them.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseDemoFlags } from "./flags.ts";
 *
 * assert.deepEqual(parseDemoFlags([]), { seconds: null, format: "text" });
 * assert.deepEqual(parseDemoFlags(["--seconds", "40", "--json"]), { seconds: 40, format: "json" });
 * assert.throws(() => parseDemoFlags(["--seconds=0", "--fast"]), /"0"[^]*--fast: is not known/);
 * ```
 */
export function parseDemoFlags(args: readonly string[]): DemoFlags {
  const problems: Problem[] = [];
  let seconds: number | null = null;
  let format: DemoFlags["format"] = "text";
  const rest = args.values();
  for (const arg of rest) {
    if (arg === "--json") format = "json";
    else if (arg === "--seconds") seconds = takeSeconds(rest.next().value, problems);
    else if (arg.startsWith("--seconds=")) {
      seconds = takeSeconds(arg.slice("--seconds=".length), problems);
    } else {
      problems.push({ name: arg, message: "is not known here; wanted --seconds N, --json" });
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return { seconds, format };
}

function takeSeconds(text: string | undefined, problems: Problem[]): number | null {
  const seconds = text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= MAX_SECONDS) return seconds;
  const seen = text === undefined ? "has no value" : `"${text}" is no such number`;
  problems.push({ name: "--seconds", message: `${seen}; ${WANTED_SECONDS}` });
  return null;
}

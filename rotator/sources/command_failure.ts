/**
 * A command that gave no credential → the sentence that says why, in the command's own words.
 *
 * @module
 */

import { flatten, redactOpaque } from "../../workspace/redact.ts";

/** How a command ended. */
export type CommandEnd =
  | { readonly how: "exit"; readonly code: number }
  | { readonly how: "signal"; readonly signal: string }
  | { readonly how: "timeout"; readonly afterMs: number }
  | { readonly how: "called-off" }
  | { readonly how: "too-much"; readonly maxBytes: number }
  | { readonly how: "not-started"; readonly reason: string };

/** What a command left behind. */
export interface CommandOutcome {
  readonly end: CommandEnd;
  /** May hold a credential, even where it failed: never shown. */
  readonly stdout: string;
  /** The last that it said to people. */
  readonly stderr: string;
}

const MAX_LINES = 5;
const MAX_LENGTH = 500;
/** Shorter words of stdout may stand in any sentence. */
const MIN_ECHO = 8;

/**
 * How it ended, as in "the command …".
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { describeEnd } from "./command_failure.ts";
 *
 * assert.equal(describeEnd({ how: "exit", code: 45 }), "ended with exit code 45");
 * ```
 */
export function describeEnd(end: CommandEnd): string {
  switch (end.how) {
    case "exit":
      return `ended with exit code ${end.code}`;
    case "signal":
      return `was ended by ${end.signal}`;
    case "timeout":
      return `did not end within ${end.afterMs / 1000} s and was killed`;
    case "called-off":
      return "was called off";
    case "too-much":
      return `printed more than ${end.maxBytes / 1024} KiB and was killed`;
    case "not-started":
      return `could not be started: ${flatten(end.reason)}`;
  }
}

/**
 * The last lines of what a command said on stderr, in quotes and on one line, without anything
 * that may be a credential; `null` if it said nothing.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { quoteStderr } from "./command_failure.ts";
 *
 * const said = { stdout: "my-token\n", stderr: "Error: my-token\nis no login\n\n" };
 * assert.equal(quoteStderr(said), '"Error: [redacted] / is no login"');
 * assert.equal(quoteStderr({ stdout: "", stderr: " \n" }), null);
 * ```
 */
export function quoteStderr(
  { stdout, stderr }: Pick<CommandOutcome, "stdout" | "stderr">,
): string | null {
  const lines = stderr.split(/[\r\n]+/).map(flatten).filter((line) => line !== "");
  if (lines.length === 0) return null;
  const echoes = stdout.split(/[\s"]+/).filter((word) => word.length >= MIN_ECHO);
  const shown = lines.slice(-MAX_LINES)
    .map((line) => redactOpaque(withoutEchoes(line, echoes)))
    .join(" / ");
  // The end of it: what failed last comes last.
  const cut = shown.length > MAX_LENGTH ? `…${shown.slice(1 - MAX_LENGTH)}` : shown;
  return `"${cut.toWellFormed()}"`;
}

function withoutEchoes(line: string, echoes: readonly string[]): string {
  return echoes.reduce((rest, echo) => rest.replaceAll(echo, "[redacted]"), line);
}

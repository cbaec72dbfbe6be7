/**
 * A command of the user's own as a source: `databricks auth token`, a password manager, a script.
 *
 * @module
 */

import { CredentialError, type CredentialFailure, describeError } from "../../support/errors.ts";
import { type CommandOutcome, describeEnd, quoteStderr } from "./command_failure.ts";
import { parseCommandOutput } from "./command_output.ts";
import type { CommandRun } from "./run_command.ts";
import type { Fetched, Source } from "./source.ts";

/** Which command, and how it is run. */
export interface CommandOptions extends Pick<CommandRun, "command" | "env"> {
  readonly run: (run: CommandRun) => Promise<CommandOutcome>;
  /** Epoch ms. */
  readonly now: () => number;
  /** @default {30_000} */
  readonly timeoutMs?: number;
}

/**
 * The source of a command. What it says on stderr is shown when it fails; what it prints on stdout
 * never is, and its arguments are not either.
 */
export function commandSource(options: CommandOptions): Source {
  const { command, env, run, now, timeoutMs = 30_000 } = options;
  return {
    kind: "command",
    fetch: async (signal) => {
      const askedAt = now();
      const outcome = await run({ command, env, timeoutMs, signal });
      return readOutcome(outcome, { executable: command[0] ?? "", askedAt });
    },
  };
}

function readOutcome(
  outcome: CommandOutcome,
  { executable, askedAt }: { readonly executable: string; readonly askedAt: number },
): Fetched {
  const { end } = outcome;
  // The tools that lose a race for their own cache end with a code as well
  // (`databricks auth token` with 45): all failures are simply tried again.
  const hasEndedWell = end.how === "exit" && end.code === 0;
  if (!hasEndedWell) throw failure("unreachable", describeEnd(end));
  try {
    return parseCommandOutput(outcome.stdout, askedAt);
  } catch (error) {
    throw failure("malformed", describeError(error));
  }

  function failure(kind: CredentialFailure, what: string): CredentialError {
    const said = quoteStderr(outcome);
    const words = said === null ? "" : `; it said ${said}`;
    return new CredentialError(kind, `CREDENTIAL_COMMAND "${executable}" ${what}${words}`);
  }
}

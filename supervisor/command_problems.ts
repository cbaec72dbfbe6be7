/**
 * What can be wrong with `CREDENTIAL_COMMAND` once its text is right: the task that it was started
 * under, and the executable itself.
 *
 * @module
 */

import type { Settings } from "../settings.ts";
import { describeError, type Problem } from "../support/errors.ts";

/** The tasks that serve; only the second one may run anything, and only that command. */
export type CommandTask = "serve" | "serve:command";

const NAME = "CREDENTIAL_COMMAND";

/** Looks at the executable, and asks Deno whether it may be run. */
export async function findCommandProblems(
  { credentialCommand }: Pick<Settings, "credentialCommand">,
  task: CommandTask,
): Promise<readonly Problem[]> {
  const [executable] = credentialCommand ?? [];
  if (executable === undefined) {
    if (task === "serve") return [];
    const message =
      "is not set, and `deno task serve:command` is there for nothing else; set it, " +
      "or use `deno task serve`";
    return [{ name: NAME, message }];
  }
  if (task === "serve") {
    const message = "is set, and this task may not run anything; use `deno task serve:command`, " +
      `which may run "${executable}" and nothing else`;
    return [{ name: NAME, message }];
  }
  const reason = await findFault(executable);
  return reason === null ? [] : [{ name: NAME, message: `"${executable}" ${reason}` }];
}

async function findFault(executable: string): Promise<string | null> {
  const { state } = Deno.permissions.querySync({ name: "run", command: executable });
  if (state !== "granted") {
    // The compiled binary has no such permission at all.
    return "may not be run by this program; use `deno task serve:command`";
  }
  try {
    const { isFile, mode } = await Deno.stat(executable);
    if (!isFile) return "is not a file; wanted the path of an executable";
    if (mode !== null && (mode & 0o111) === 0) return "is not executable; see chmod";
    return null;
  } catch (error) {
    return `cannot be found: ${describeError(error)}`;
  }
}

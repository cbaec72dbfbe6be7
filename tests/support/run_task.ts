/**
 * A command of a person, as the task runner starts it: with the permissions of its task.
 *
 * @module
 */

import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What came of it. */
export interface TaskResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where it runs. */
export interface TaskOptions {
  readonly home: string;
  /** Beside it nothing of the environment is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where every access that needs a permission is written. */
  readonly auditFile?: string;
}

/** Runs `deno task <name> <args>` in a home. */
export async function runTask(
  call: readonly [name: string, ...args: string[]],
  options: TaskOptions,
): Promise<TaskResult> {
  const { code, stdout, stderr } = await startTask(call, options).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** The same, to be started by the caller. */
export function startTask(
  [name, ...args]: readonly [name: string, ...args: string[]],
  options: TaskOptions,
): Deno.Command {
  const { auditFile } = options;
  // The variables are for the command alone, not for what makes its flags.
  const audit = auditFile === undefined
    ? ""
    : `env DENO_TRACE_PERMISSIONS=1 DENO_AUDIT_PERMISSIONS='${auditFile}' `;
  // The shell makes way, so that signals reach the command.
  return startShell([`exec ${audit}${taskLine(name)} "$@"`, name, ...args], options);
}

/** The line that the task runner gives to the shell. */
export function taskLine(name: string): string {
  const { tasks } = JSON.parse(Deno.readTextFileSync(`${ROOT}deno.json`));
  return tasks[name];
}

/** A line of the shell, its name and its arguments, in a home. */
export function startShell(
  args: readonly string[],
  { home, env = {} }: Pick<TaskOptions, "home" | "env">,
): Deno.Command {
  return new Deno.Command("/bin/sh", {
    args: ["-c", ...args],
    cwd: ROOT,
    clearEnv: true,
    env: {
      PATH: `${dirname(Deno.execPath())}:/usr/bin:/bin`,
      DENO_DIR: denoFolder(),
      HOME: home,
      NO_COLOR: "1",
      ...env,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Where Deno keeps what it has fetched. */
export function denoFolder(): string {
  return Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;
}

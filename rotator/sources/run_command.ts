/**
 * Runs a credential command: no shell, no input, little output, little time. Does effects.
 *
 * @module
 */

import { describeError } from "../../support/errors.ts";
import { within } from "../../support/within.ts";
import type { CommandEnd, CommandOutcome } from "./command_failure.ts";
import { Pipe } from "./pipe.ts";

/** What is run, and within which bounds. */
export interface CommandRun {
  /** Absolute path of the executable, and its arguments. */
  readonly command: readonly string[];
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Kills it. */
  readonly signal: AbortSignal;
}

/** Far more than any token. */
const MAX_STDOUT_BYTES = 65_536;
/** The last that it says is what counts. */
const KEPT_STDERR_BYTES = 8_192;
/**
 * How long the pipes of a command that has ended are read on: what it wrote is there at once, and
 * a process that it has left behind may hold them open for ever.
 */
const LEFT_OPEN_MS = 250;
/** Between the signal that can be heard and the one that cannot. */
const KILL_AFTER_MS = 500;

/** Runs it to its end, or to one of its bounds. Never throws. */
export async function runCommand(run: CommandRun): Promise<CommandOutcome> {
  const { command: [executable = "", ...args], env, timeoutMs, signal } = run;
  if (signal.aborted) return { end: { how: "called-off" }, stdout: "", stderr: "" };
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(executable, {
      args,
      env: { ...env },
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    const end: CommandEnd = { how: "not-started", reason: describeError(error) };
    return { end, stdout: "", stderr: "" };
  }
  const stdout = new Pipe(child.stdout, { keepBytes: MAX_STDOUT_BYTES, keep: "first" });
  const stderr = new Pipe(child.stderr, { keepBytes: KEPT_STDERR_BYTES, keep: "last" });
  const end = await endOf(child, { timeoutMs, signal, overflow: stdout.overflow });
  await within(Promise.all([stdout.ended, stderr.ended]), LEFT_OPEN_MS);
  await Promise.all([stdout.close(), stderr.close()]);
  return {
    end: stdout.isOver ? { how: "too-much", maxBytes: MAX_STDOUT_BYTES } : end,
    stdout: stdout.text,
    stderr: stderr.text,
  };
}

async function endOf(
  child: Deno.ChildProcess,
  bounds: Pick<CommandRun, "timeoutMs" | "signal"> & { readonly overflow: Promise<void> },
): Promise<CommandEnd> {
  const { timeoutMs, signal, overflow } = bounds;
  const { promise: isOut, resolve } = Promise.withResolvers<null>();
  const giveUp = () => resolve(null);
  const timer = setTimeout(giveUp, timeoutMs);
  signal.addEventListener("abort", giveUp, { once: true });
  overflow.then(giveUp);
  const status = await Promise.race([child.status, isOut]);
  clearTimeout(timer);
  signal.removeEventListener("abort", giveUp);
  if (status === null) {
    await kill(child);
    return signal.aborted ? { how: "called-off" } : { how: "timeout", afterMs: timeoutMs };
  }
  return status.signal === null
    ? { how: "exit", code: status.code }
    : { how: "signal", signal: status.signal };
}

/**
 * Ends it. Only the process itself can be reached: a signal to its group needs the permission to
 * run anything. So it first gets the one that it can pass on to its own children.
 */
async function kill(child: Deno.ChildProcess): Promise<void> {
  send("SIGTERM");
  if (await within(child.status, KILL_AFTER_MS) !== "late") return;
  send("SIGKILL");
  // What not even that ends hangs in the kernel; nobody can wait for it.
  await within(child.status, KILL_AFTER_MS);

  function send(signal: Deno.Signal): void {
    try {
      child.kill(signal);
    } catch {
      // It has ended just now.
    }
  }
}

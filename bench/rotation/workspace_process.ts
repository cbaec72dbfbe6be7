/**
 * The workspace process, started and listened to.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { readLines } from "../servers.ts";
import type { Arrival, WorkspaceStart } from "./protocol.ts";

/** A workspace that runs until it is disposed of. */
export interface WorkspaceProcess extends WorkspaceStart, AsyncDisposable {
  /** The marked requests that it told of so far; complete when it has ended. */
  readonly arrivals: readonly Arrival[];
}

/** Starts it. */
export async function startWorkspaceProcess(): Promise<WorkspaceProcess> {
  const file = fileURLToPath(new URL("workspace_main.ts", import.meta.url));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", file],
    stdout: "piped",
  }).spawn();
  const arrivals: Arrival[] = [];
  const started = Promise.withResolvers<WorkspaceStart>();
  let onLine = (line: string) => {
    started.resolve(JSON.parse(line));
    onLine = (next) => arrivals.push(...JSON.parse(next));
  };
  const reading = readLines(child.stdout, (line) => onLine(line))
    .then(() => started.reject(new Error("the workspace process ended at once")));
  return {
    ...await started.promise,
    arrivals,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await child.status;
      await reading;
    },
  };
}

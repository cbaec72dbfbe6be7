/**
 * The simulated workspace as a process of its own. It prints where it is and its tokens on one
 * line, and then, several times a second, which marked requests came with which token. It ends
 * with SIGTERM.
 *
 * @module
 */

import { startWorkspace } from "../../demo/workspace.ts";
import { printOut } from "../../support/log.ts";
import type { Arrival, WorkspaceStart } from "./protocol.ts";

/** Far fewer requests come in that time than the 5,000 that the workspace remembers. */
const TELL_EVERY_MS = 200;
const HOUR_MS = 3_600_000;

const workspace = startWorkspace();
const { value: serviceToken } = workspace.issue({ lifetimeMs: HOUR_MS, comment: "given" });
const { value: directToken } = workspace.issue({ lifetimeMs: HOUR_MS, owner: "direct" });
tell({ origin: workspace.origin, serviceToken, directToken } satisfies WorkspaceStart);

const timer = setInterval(tellArrivals, TELL_EVERY_MS);
Deno.addSignalListener("SIGTERM", stop);

async function stop(): Promise<void> {
  Deno.removeSignalListener("SIGTERM", stop);
  clearInterval(timer);
  tellArrivals();
  await workspace.shutdown();
}

function tellArrivals(): void {
  const arrivals: Arrival[] = [];
  for (const { path, tokenId, at } of workspace.requests()) {
    const mark = /[?&]n=(\d+)/.exec(path)?.[1];
    if (mark !== undefined) arrivals.push([Number(mark), tokenId, at]);
  }
  workspace.clear();
  tell(arrivals);
}

function tell(value: WorkspaceStart | readonly Arrival[]): void {
  printOut(`${JSON.stringify(value)}\n`);
}

/**
 * Starts the isolates' workers with their permissions.
 *
 * @module
 */

import { type Grants, workerPermissions } from "./grants.ts";

/** Starts a worker of a room. Throws if the process itself lacks one of the grants. */
export type Spawn = (
  room: "proxy" | "rotator",
  options: { readonly name: string; readonly grants: Grants },
) => Worker;

const ENTRIES = {
  proxy: new URL("../proxy/worker.ts", import.meta.url),
  rotator: new URL("../rotator/worker.ts", import.meta.url),
} as const;

/** The one that `serve` uses. */
export const spawnWorker: Spawn = (room, { name, grants }) =>
  new Worker(ENTRIES[room], {
    type: "module",
    name,
    deno: { permissions: workerPermissions(grants) },
  });

/**
 * The proxy isolate: hears the supervisor and opens the doors. It may listen on its address and
 * its socket, reach the workspace, and read the profile and the local keys; nothing else.
 *
 * @module
 */

/// <reference lib="deno.worker" />

import type { FromProxy, ProxyConfig, ToProxy } from "../protocol.ts";
import { keepCollecting } from "../support/collector.ts";
import { ConfigError } from "../support/errors.ts";
import { startLog } from "../support/log.ts";
import type { Door } from "./guard.ts";
import { listenOnPort, listenOnSocket, type OpenDoor } from "./listen.ts";
import { Siblings } from "./siblings.ts";
import { createProxy, type Proxy } from "./wiring.ts";

/** The pause after a door could not be opened: whoever stands in it may go. */
const REOPEN_MS = 1_000;

/** Of the 7.5 s that the supervisor leaves to streams, the rest is enough for last words. */
const BREAK_OFF_MS = 5_500;

const toSupervisor = (message: FromProxy) => self.postMessage(message);
const siblings = new Siblings(toSupervisor);
let proxy: Proxy | null = null;
let port = 0;
let stopCollecting = () => {};
let doors: readonly OpenDoor[] = [];

self.onmessage = async ({ data }: MessageEvent<ToProxy>) => {
  switch (data.type) {
    case "start":
      await start(data.config);
      break;
    case "link":
      proxy?.link.connect(data.port);
      break;
    case "collect":
      if (proxy !== null) toSupervisor({ type: "stats", id: data.id, stats: proxy.stats() });
      break;
    case "collected":
      siblings.receive(data.id, data.stats);
      break;
    case "stop":
      await stop();
      break;
  }
};

/** Streams run to their end; the supervisor ends what takes too long. */
async function stop(): Promise<void> {
  const timer = setTimeout(() => proxy?.breakOff(), BREAK_OFF_MS);
  await Promise.all(doors.map((door) => door.shutdown()));
  clearTimeout(timer);
  proxy?.close();
  stopCollecting();
  toSupervisor({ type: "stopped" });
  self.close();
}

async function start(config: ProxyConfig): Promise<void> {
  startLog(config.log);
  const made = createProxy(config, { port: () => port, gather: () => siblings.gather() });
  proxy = made;
  stopCollecting = keepCollecting({
    workDone: made.visits,
    isBusy: () => made.credentials.inFlight > 0,
  });
  port = config.port;
  while (!await openDoors(config, made)) {
    // Not by an error, whose stack Deno would print.
    await new Promise((resolve) => setTimeout(resolve, REOPEN_MS));
  }
  toSupervisor({ type: "listening", port });
}

/** @returns whether all of them are open; else none is, and the supervisor knows why. */
async function openDoors(config: ProxyConfig, { handlerAt, connections }: Proxy): Promise<boolean> {
  const { hostname, allowRemote, socketPath } = config;
  const atPort = handlerAt((): Door => ({ kind: "port", hostname, port, allowRemote }));
  const atSocket = handlerAt((): Door => ({ kind: "socket" }));
  const opened: OpenDoor[] = [];
  try {
    const door = listenOnPort(config, atPort, connections);
    opened.push(door);
    port = door.port;
    if (socketPath !== null) opened.push(await listenOnSocket(socketPath, atSocket, connections));
    doors = opened;
    return true;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) toSupervisor({ type: "failed", problem });
    await Promise.all(opened.map((door) => door.shutdown()));
    return false;
  }
}

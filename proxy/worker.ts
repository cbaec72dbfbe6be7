/**
 * The proxy isolate: hears the supervisor and opens the doors. It may listen on its address and
 * its socket, reach the workspace, and read the profile and the local keys; nothing else.
 *
 * @module
 */

/// <reference lib="deno.worker" />

import type { FromProxy, ProxyConfig, ToProxy } from "../protocol.ts";
import { ConfigError } from "../support/errors.ts";
import { startLog } from "../support/log.ts";
import type { PortDoor } from "./guard.ts";
import { listenOnPort, listenOnSocket } from "./listen.ts";
import { Siblings } from "./siblings.ts";
import { createProxy, type Proxy } from "./wiring.ts";

interface Running {
  readonly proxy: Proxy;
  /** Resolves when the last stream has ended; the supervisor ends what takes too long. */
  readonly stop: () => Promise<void>;
}

const toSupervisor = (message: FromProxy) => self.postMessage(message);
const siblings = new Siblings(toSupervisor);
const earlyLinks: MessagePort[] = [];
let running: Running | null = null;

self.onmessage = async ({ data }: MessageEvent<ToProxy>) => {
  switch (data.type) {
    case "start":
      running = await start(data.config);
      for (const port of earlyLinks.splice(0)) running.proxy.link.connect(port);
      break;
    case "link":
      if (running === null) earlyLinks.push(data.port);
      else running.proxy.link.connect(data.port);
      break;
    case "collect":
      if (running === null) break;
      toSupervisor({ type: "stats", id: data.id, stats: running.proxy.stats() });
      break;
    case "collected":
      siblings.receive(data.id, data.stats);
      break;
    case "stop":
      await running?.stop();
      toSupervisor({ type: "stopped" });
      self.close();
      break;
  }
};

async function start(config: ProxyConfig): Promise<Running> {
  startLog(config.log);
  const { hostname, allowRemote } = config;
  let door: PortDoor = { kind: "port", hostname, port: config.port, allowRemote };
  const proxy = createProxy(config, { port: () => door.port, gather: () => siblings.gather() });
  try {
    const server = listenOnPort(config, proxy.handlerAt(() => door));
    door = { ...door, port: server.addr.port };
    const servers: Deno.HttpServer[] = [server];
    if (config.socketPath !== null) {
      const handle = proxy.handlerAt(() => ({ kind: "socket" }));
      servers.push(await listenOnSocket(config.socketPath, handle));
    }
    toSupervisor({ type: "listening", port: door.port });
    return { proxy, stop: () => stop(servers, proxy) };
  } catch (error) {
    if (error instanceof ConfigError) {
      for (const problem of error.problems) toSupervisor({ type: "failed", problem });
    }
    throw error;
  }
}

async function stop(servers: readonly Deno.HttpServer[], proxy: Proxy): Promise<void> {
  await Promise.all(servers.map((server) => server.shutdown()));
  proxy.close();
}

/**
 * What the proxy isolate is made of, put together. Listens nowhere.
 *
 * @module
 */

import type { ProxyConfig, ProxyStats } from "../protocol.ts";
import { logFor } from "../support/log.ts";
import { Connections, type VisitHandler } from "./connections.ts";
import type { Credentials } from "./credentials.ts";
import { flowSteps } from "./flow_steps.ts";
import type { Door } from "./guard.ts";
import { createHandler } from "./handler.ts";
import type { RotatorLink } from "./link.ts";
import { createLocalAnswers } from "./local.ts";
import { localSteps } from "./local_steps.ts";
import { makeParts, type Parts, type ProxyOptions } from "./parts.ts";
import { findServeConnection } from "./serve_connection.ts";
import { keepLooking } from "./watchdog.ts";

export type { ProxyOptions } from "./parts.ts";

/** A proxy that only needs doors and a line to a rotator. */
export interface Proxy {
  readonly credentials: Credentials;
  readonly link: RotatorLink;
  /** The handler of a server behind `door`. */
  handlerAt(door: () => Door): VisitHandler;
  /** Who is connected, at whichever door; `null` in a Deno that shows nobody its connections. */
  readonly connections: Connections | null;
  stats(): ProxyStats;
  /** Requests of any kind so far. */
  readonly visits: () => number;
  /** Lets streams say their last words, where their dialect has any: the end is near. */
  breakOff(): void;
  /** Ends what is kept open between requests. */
  close(): void;
}

/** Puts a proxy together. */
export function createProxy(config: ProxyConfig, options: ProxyOptions): Proxy {
  const parts = makeParts(config, options);
  const { credentials, link, counters, lessons, client } = parts;
  const flow = flowSteps(parts);
  const steps = { ...flow, answerLocally: createLocalAnswers(localSteps(parts, flow)) };
  const connections = watchConnections(parts);
  const stopLooking = keepLooking(Object.values(parts.watchdogs));
  return {
    credentials,
    link,
    connections,
    handlerAt: (door) => createHandler({ ...steps, door }),
    visits: () => counters.visits,
    breakOff: () => parts.closing.abort(),
    stats: () =>
      counters.snapshot({
        inFlight: credentials.inFlight,
        connections: connections?.size ?? 0,
        lessons: lessons?.snapshot() ?? [],
      }),
    close: () => {
      link.close();
      credentials.close();
      client.close();
      stopLooking();
    },
  };
}

function watchConnections({ config, counters }: Parts): Connections | null {
  const serve = findServeConnection();
  if (serve === null) {
    logFor("proxy").warn("connections-unwatched", { deno: Deno.version.deno });
    return null;
  }
  return new Connections({
    ...config.limits,
    serve,
    onDrop: (reason) => counters.countDrop(reason),
  });
}

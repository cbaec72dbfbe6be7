/**
 * The steps of what the service answers by itself: lists, status, operator, metadata.
 *
 * @module
 */

import { logFor } from "../support/log.ts";
import { Secret } from "../workspace/credential.ts";
import type { ForwardSteps } from "./forward.ts";
import type { LocalSteps } from "./local.ts";
import { createModels } from "./models.ts";
import type { Parts } from "./parts.ts";
import { sumStats } from "./stats.ts";
import { makeStatus, reasonNotReady } from "./status.ts";

/** How often the log tells of clients that the metadata service sends away. */
const REFUSED_EVERY_MS = 10_000;

/** The steps; lists are asked for as any request is forwarded. */
export function localSteps(parts: Parts, forward: ForwardSteps): LocalSteps {
  const { config, options, link, credentials, keys, now, onActive } = parts;
  const { workspaceHost, metadataCapability, marginMs, drainTimeoutMs } = config;
  return {
    credentials,
    now,
    marginMs,
    drainTimeoutMs,
    workspaceHost,
    metadataCapability: new Secret(metadataCapability),
    onActive,
    operatorKey: () => keys.look()?.operator ?? null,
    port: options.port,
    onMetadataRefused: tellNowAndThen(),
    rotate: (signal) => link.rotate(signal),
    listModels: createModels({ host: workspaceHost, now, forward }),
    notReady: () =>
      reasonNotReady(link.chain.state, { credential: credentials.isReady() ? "usable" : "none" }),
    status: async () => {
      const all = await options.gather();
      return makeStatus({
        chain: link.chain,
        stats: sumStats(all),
        workers: all.length,
        upstreamMode: link.mode,
        metadataUrl: `http://${nameFor(config.hostname)}:${options.port()}/metadata/` +
          metadataCapability,
        version: config.version,
        now: now(),
      });
    },
  };
}

/** The next client that is sent away comes for the same reason, and soon. */
function tellNowAndThen(): (reason: string) => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  return (reason) => {
    if (performance.now() - toldAt < REFUSED_EVERY_MS) return;
    toldAt = performance.now();
    logFor("proxy").warn("metadata-refused", { reason });
  };
}

/** What the service is called by clients of this machine. */
function nameFor(hostname: string): string {
  if (hostname === "0.0.0.0" || hostname === "::") return "127.0.0.1";
  // The SDKs for Go and JavaScript take a metadata URL at localhost or 127.0.0.1, and at no other.
  if (hostname === "::1") return "localhost";
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}

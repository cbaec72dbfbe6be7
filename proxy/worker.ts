/**
 * The proxy isolate: wiring only. It may listen on its address, reach the workspace, and read the
 * profile and the local keys; nothing else.
 *
 * @module
 */

/// <reference lib="deno.worker" />

import type { FromProxy, ProxyConfig, ProxyStats, ToProxy } from "../protocol.ts";
import { parseProfile } from "../workspace/profile_file.ts";
import { describeError } from "../support/errors.ts";
import { FollowedFile } from "../support/followed_file.ts";
import { parseKeys } from "../support/keys_file.ts";
import { logFor, startLog } from "../support/log.ts";
import { Credentials } from "./credentials.ts";
import type { ForwardSteps } from "./forward.ts";
import { createHandler } from "./handler.ts";
import { RotatorLink } from "./link.ts";
import { createLocalAnswers } from "./local.ts";
import { createModels } from "./models.ts";
import { Counters, sumStats } from "./stats.ts";
import { makeStatus } from "./status.ts";
import { createUpstream } from "./upstream.ts";
import { Watchdog } from "./watchdog.ts";

const log = logFor("proxy");
const toSupervisor = (message: FromProxy) => self.postMessage(message);
const now = () => Date.now();

let running: Running | null = null;
const pendingLinks: MessagePort[] = [];

interface Running {
  readonly link: RotatorLink;
  readonly collected: Map<number, (stats: readonly ProxyStats[]) => void>;
  readonly stats: () => ProxyStats;
  readonly stop: () => Promise<void>;
}

self.onmessage = ({ data }: MessageEvent<ToProxy>) => {
  switch (data.type) {
    case "start":
      running = start(data.config);
      for (const port of pendingLinks.splice(0)) running.link.connect(port);
      break;
    case "link":
      if (running === null) pendingLinks.push(data.port);
      else running.link.connect(data.port);
      break;
    case "collect":
      if (running !== null) toSupervisor({ type: "stats", id: data.id, stats: running.stats() });
      break;
    case "collected":
      running?.collected.get(data.id)?.(data.stats);
      running?.collected.delete(data.id);
      break;
    case "stop":
      (running?.stop() ?? Promise.resolve()).then(() => {
        toSupervisor({ type: "stopped" });
        self.close();
      });
      break;
  }
};

function start(config: ProxyConfig): Running {
  startLog(config.log);
  const counters = new Counters();
  const profile = new FollowedFile(config.profileFile, (text) => {
    const { token } = parseProfile(text, config.profileName);
    // A file without a token is one being written, or one that has nothing better than what
    // we hold: the last good one stays either way.
    if (token === null) throw new TypeError("no token");
    return token;
  });
  const keys = new FollowedFile(config.keysFile, parseKeys);
  const link: RotatorLink = new RotatorLink(() => credentials, config.upstreamMode);
  const credentials = new Credentials({
    now,
    marginMs: config.marginMs,
    readProfile: () => profile.read(),
    ask: () => link.ask(),
  });
  const collected = new Map<number, (stats: readonly ProxyStats[]) => void>();
  let lastCollect = 0;
  const gather = () => {
    const { promise, resolve } = Promise.withResolvers<readonly ProxyStats[]>();
    collected.set(++lastCollect, resolve);
    toSupervisor({ type: "gather", id: lastCollect });
    return promise;
  };
  const client = Deno.createHttpClient({ poolIdleTimeout: 30_000, poolMaxIdlePerHost: 256 });
  const forwardSteps: ForwardSteps = {
    credentials,
    send: createUpstream({ fetch, client, watchdog: new Watchdog(config.idleTimeoutMs) }),
    reject: (generation) => {
      log.warn("token-rejected", { tokenId: generation.tokenId, generation: generation.number });
      link.reject(generation);
    },
    onRescue: () => counters.countRescue(),
  };
  let port = config.port;
  const handle = createHandler({
    door: () => ({ hostname: config.hostname, port, allowRemote: config.allowRemote }),
    keys: () => config.clientAuth === "off" ? "off" : keys.read(),
    target: () => ({
      mode: link.mode,
      host: config.workspaceHost,
      gatewayHost: config.gatewayHost,
      chatBase: config.chatBase,
      geminiBase: config.geminiBase,
    }),
    maxBodyBytes: config.maxBodyBytes,
    repairs: [],
    repairsOff: config.repairsOff,
    counters,
    now,
    onActive: () => link.noteActive(now()),
    ...forwardSteps,
    onBug: (error) => log.error("request-failed", { error: describeError(error) }),
    answerLocally: createLocalAnswers({
      credentials,
      now,
      metadataCapability: config.metadataCapability,
      workspaceHost: config.workspaceHost,
      rotate: () => link.rotate(),
      listModels: createModels({ host: config.workspaceHost, now, forward: forwardSteps }),
      notReady: () => credentials.take() === null ? "no live credential" : null,
      status: async () => {
        const all = await gather();
        return makeStatus({
          chain: link.chain,
          stats: sumStats(all),
          workers: all.length,
          upstreamMode: link.mode,
          metadataUrl: `http://${nameFor(config.hostname)}:${port}/metadata/` +
            config.metadataCapability,
          version: config.version,
          now: now(),
        });
      },
    }),
  });
  // Without `onError` Deno prints a stack for every stream that its caller or upstream broke off.
  const onError = () => new Response(null, { status: 500 });
  const options = { onError, onListen: () => {} };
  try {
    const { hostname, shared } = config;
    const server = Deno.serve({ ...options, hostname, port, reusePort: shared }, handle);
    port = server.addr.port;
    toSupervisor({ type: "listening", port });
    return {
      link,
      collected,
      stats: () => counters.snapshot(credentials.inFlight),
      stop: async () => {
        // Streams run to their end; the supervisor ends what takes too long.
        await server.shutdown();
        link.close();
        client.close();
      },
    };
  } catch (error) {
    const message = `Cannot listen on ${config.hostname}:${config.port}: ${describeError(error)}`;
    toSupervisor({ type: "failed", problem: { name: "PROXY_PORT", message } });
    throw error;
  }
}

function nameFor(hostname: string): string {
  if (hostname === "0.0.0.0" || hostname === "::") return "127.0.0.1";
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}

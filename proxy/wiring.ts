/**
 * What the proxy isolate is made of, put together. Listens nowhere.
 *
 * @module
 */

import type { ProxyConfig, ProxyStats } from "../protocol.ts";
import { Secret } from "../workspace/credential.ts";
import type { UpstreamTarget } from "../workspace/endpoints.ts";
import { isTokenCut } from "../workspace/profile_cut.ts";
import { parseProfile } from "../workspace/profile_file.ts";
import { describeError } from "../support/errors.ts";
import { FollowedFile } from "../support/followed_file.ts";
import { parseKeys } from "../support/keys_file.ts";
import { logFor } from "../support/log.ts";
import { Credentials } from "./credentials.ts";
import type { ForwardSteps } from "./forward.ts";
import { type Door, makeKeyRing } from "./guard.ts";
import { createHandler, type HandlerSteps } from "./handler.ts";
import { RotatorLink } from "./link.ts";
import { createLocalAnswers, type LocalSteps } from "./local.ts";
import { createModels } from "./models.ts";
import { Counters, sumStats } from "./stats.ts";
import { makeStatus, reasonNotReady } from "./status.ts";
import { createUpstream } from "./upstream.ts";
import { Watchdog } from "./watchdog.ts";
import { WokenClient } from "./woken_client.ts";

/** A proxy that only needs doors and a line to a rotator. */
export interface Proxy {
  readonly credentials: Credentials;
  readonly link: RotatorLink;
  /** The handler of a server behind `door`. */
  handlerAt(door: () => Door): (request: Request) => Promise<Response>;
  stats(): ProxyStats;
  /** Ends what is kept open between requests. */
  close(): void;
}

/** What a proxy needs besides its configuration. */
export interface ProxyOptions {
  /** The port it is reached at, once that is known. */
  readonly port: () => number;
  /** Counts of all isolates. */
  readonly gather: () => Promise<readonly ProxyStats[]>;
  /**
   * Epoch ms.
   * @default {Date.now}
   */
  readonly now?: () => number;
  /**
   * Milliseconds on a clock that only rises.
   * @default {performance.now}
   */
  readonly elapsed?: () => number;
}

/** How long the local keys are taken without a look at their file. */
const KEYS_REST_MS = 20;
/** How often the log tells of clients that the metadata service sends away. */
const REFUSED_EVERY_MS = 10_000;

const log = logFor("proxy");

/** Puts a proxy together. */
export function createProxy(config: ProxyConfig, options: ProxyOptions): Proxy {
  const { now = () => Date.now(), elapsed = () => performance.now() } = options;
  const link: RotatorLink = new RotatorLink(() => credentials, {
    mode: config.upstreamMode,
    source: config.source,
  });
  const credentials = new Credentials({
    now,
    elapsed,
    marginMs: config.marginMs,
    readProfile: followProfile(config),
    profileRule: config.profileRule,
    ask: () => link.ask(),
  });
  const counters = new Counters();
  const make = () => Deno.createHttpClient({ poolIdleTimeout: 30_000, poolMaxIdlePerHost: 256 });
  const client = new WokenClient({ now, elapsed, make });
  const parts: Parts = { config, options, now, elapsed, link, credentials, counters, client };
  const steps = handlerSteps(parts);
  return {
    credentials,
    link,
    handlerAt: (door) => createHandler({ ...steps, door }),
    stats: () => counters.snapshot(credentials.inFlight),
    close: () => {
      link.close();
      credentials.close();
      client.close();
    },
  };
}

interface Parts {
  readonly config: ProxyConfig;
  readonly options: ProxyOptions;
  readonly now: () => number;
  readonly elapsed: () => number;
  readonly link: RotatorLink;
  readonly credentials: Credentials;
  readonly counters: Counters;
  readonly client: WokenClient;
}

function handlerSteps(parts: Parts): Omit<HandlerSteps, "door"> {
  const { config, link, counters, now } = parts;
  const forward = forwardSteps(parts);
  return {
    ...forward,
    keys: followKeys(config),
    target: targetOf(config, link),
    maxBodyBytes: config.maxBodyBytes,
    repairs: [],
    repairsOff: config.repairsOff,
    counters,
    now,
    onActive: onActive(parts),
    answerLocally: createLocalAnswers(localSteps(parts, forward)),
    onAnswer: config.log.level === "debug" ? (visit) => log.debug("request", { ...visit }) : null,
    onBug: (error) => log.error("request-failed", { error: describeError(error) }),
  };
}

function forwardSteps(parts: Parts): ForwardSteps {
  const { config, credentials, counters, client, link, elapsed } = parts;
  return {
    credentials,
    elapsed,
    send: createUpstream({
      fetch,
      client: () => client.get(),
      watchdog: new Watchdog(config.idleTimeoutMs),
    }),
    reject: (generation) => {
      log.warn("token-rejected", { tokenId: generation.tokenId, generation: generation.number });
      link.reject(generation);
    },
    onRescue: () => counters.countRescue(),
    onExchangeEnd: (end) => {
      if (end !== "broken" && end !== "silent") return;
      counters.countUpstreamFailure();
      log.warn("upstream-failed", { end });
    },
  };
}

function localSteps(parts: Parts, forward: ForwardSteps): LocalSteps {
  const { config, options, link, credentials, now } = parts;
  const { workspaceHost, metadataCapability, marginMs, drainTimeoutMs } = config;
  return {
    credentials,
    now,
    marginMs,
    drainTimeoutMs,
    workspaceHost,
    metadataCapability: new Secret(metadataCapability),
    onActive: onActive(parts),
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

function onActive({ link, client, now }: Parts): () => void {
  return () => {
    // Before it is held for a credential: the clock may be set meanwhile.
    client.look();
    link.noteActive(now());
  };
}

/** The next client that is sent away comes for the same reason, and soon. */
function tellNowAndThen(): (reason: string) => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  return (reason) => {
    if (performance.now() - toldAt < REFUSED_EVERY_MS) return;
    toldAt = performance.now();
    log.warn("metadata-refused", { reason });
  };
}

function followProfile({ profileFile, profileName }: ProxyConfig): () => Secret | null {
  if (profileFile === null) return () => null;
  const parse = (text: string) => {
    const { token } = parseProfile(text, profileName);
    // A file without a token is one being written, or one that has nothing better than what
    // we hold: the last good one stays either way.
    if (token === null) throw new TypeError("no token");
    return token;
  };
  const isCut = (text: string) => isTokenCut(text, profileName);
  const file = new FollowedFile(profileFile, parse, { isCut });
  return () => {
    const token = file.read();
    return file.problem === null ? token : null;
  };
}

function followKeys({ keysFile, clientAuth }: ProxyConfig): HandlerSteps["keys"] {
  if (clientAuth === "off") return () => "off";
  // A key that is taken back is refused within an instant that nobody can tell from at once.
  const parse = (text: string) => makeKeyRing(parseKeys(text));
  const file = new FollowedFile(keysFile, parse, { restMs: KEYS_REST_MS });
  return (age) => age === "fresh" ? file.look() : file.read();
}

function targetOf(config: ProxyConfig, link: RotatorLink): () => UpstreamTarget {
  const { workspaceHost: host, gatewayHost, chatBase, geminiBase } = config;
  const make = () => ({ mode: link.mode, host, gatewayHost, chatBase, geminiBase });
  let target: UpstreamTarget = make();
  return () => target.mode === link.mode ? target : target = make();
}

function nameFor(hostname: string): string {
  if (hostname === "0.0.0.0" || hostname === "::") return "127.0.0.1";
  // The SDKs for Go and JavaScript take a metadata URL at localhost or 127.0.0.1, and at no other.
  if (hostname === "::1") return "localhost";
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}

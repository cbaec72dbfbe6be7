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
import { KEYS_REST_MS, parseKeys } from "../support/keys_file.ts";
import { logFor } from "../support/log.ts";
import { BodyMemory } from "./body_memory.ts";
import { Connections, type VisitHandler } from "./connections.ts";
import { Credentials } from "./credentials.ts";
import type { ForwardSteps } from "./forward.ts";
import { type Door, type KeyRing, makeKeyRing } from "./guard.ts";
import { createHandler, type HandlerSteps } from "./handler.ts";
import { RotatorLink } from "./link.ts";
import { createLocalAnswers, type LocalSteps } from "./local.ts";
import { createModels } from "./models.ts";
import { LEARNED } from "./repaired_request.ts";
import { Lessons } from "./repairs/learned/lessons.ts";
import { Rows } from "./repairs/rows.ts";
import { REQUEST_REPAIRS } from "./repairs/table.ts";
import { Counters, sumStats } from "./stats.ts";
import { makeStatus, reasonNotReady } from "./status.ts";
import { findServeConnection } from "./serve_connection.ts";
import { pause, Strangers } from "./strangers.ts";
import { Streams } from "./streams.ts";
import { createUpstream } from "./upstream.ts";
import { Watchdog } from "./watchdog.ts";

/** A proxy that only needs doors and a line to a rotator. */
export interface Proxy {
  readonly credentials: Credentials;
  readonly link: RotatorLink;
  /** The handler of a server behind `door`. */
  handlerAt(door: () => Door): VisitHandler;
  /** Who is connected, at whichever door; `null` in a Deno that shows nobody its connections. */
  readonly connections: Connections | null;
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
   * Milliseconds on a clock that only rises.
   * @default {performance.now}
   */
  readonly elapsed?: () => number;
  /**
   * Keeps strangers waiting.
   * @default {pause}
   */
  readonly pause?: HandlerSteps["pause"];
}

/** How often the log tells of clients that the metadata service sends away. */
const REFUSED_EVERY_MS = 10_000;

const log = logFor("proxy");
const now = () => Date.now();

/** Puts a proxy together. */
export function createProxy(config: ProxyConfig, options: ProxyOptions): Proxy {
  const link: RotatorLink = new RotatorLink(() => credentials, {
    mode: config.upstreamMode,
    source: config.source,
  });
  const credentials = new Credentials({
    now,
    elapsed: options.elapsed ?? (() => performance.now()),
    marginMs: config.marginMs,
    readProfile: followProfile(config),
    profileRule: config.profileRule,
    ask: () => link.ask(),
  });
  const counters = new Counters();
  const client = Deno.createHttpClient({ poolIdleTimeout: 30_000, poolMaxIdlePerHost: 256 });
  const keys = followKeys(config);
  const lessons = config.repairsOff.includes(LEARNED) ? null : new Lessons();
  const parts: Parts = { config, options, link, credentials, keys, counters, client, lessons };
  const steps = handlerSteps(parts);
  const connections = watchConnections(parts);
  return {
    credentials,
    link,
    connections,
    handlerAt: (door) => createHandler({ ...steps, door }),
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
    },
  };
}

function watchConnections({ config, counters }: Parts): Connections | null {
  const serve = findServeConnection();
  if (serve === null) {
    log.warn("connections-unwatched", { deno: Deno.version.deno });
    return null;
  }
  return new Connections({
    ...config.limits,
    serve,
    onDrop: (reason) => counters.countDrop(reason),
  });
}

interface Parts {
  readonly config: ProxyConfig;
  readonly options: ProxyOptions;
  readonly link: RotatorLink;
  readonly credentials: Credentials;
  readonly keys: FollowedFile<LocalDoor>;
  readonly counters: Counters;
  readonly client: Deno.HttpClient;
  readonly lessons: Lessons | null;
}

function handlerSteps(parts: Parts): Omit<HandlerSteps, "door"> {
  const { config, link, keys, counters, lessons } = parts;
  const forward = forwardSteps(parts);
  return {
    ...forward,
    keys: (age) => (age === "fresh" ? keys.look() : keys.read())?.ring ?? null,
    clientAuth: config.clientAuth,
    agentDialects: config.agentDialects,
    target: targetOf(config, link),
    maxBodyBytes: config.maxBodyBytes,
    bodyMemory: new BodyMemory(config.limits.bodyMemoryBytes),
    bodyWatchdog: new Watchdog(config.limits.bodyTimeoutMs),
    streams: new Streams(config.limits.maxStreams),
    strangers: new Strangers(() => performance.now()),
    pause: parts.options.pause ?? pause,
    repairs: {
      rows: new Rows(REQUEST_REPAIRS, config.repairsOff),
      lessons,
      onLearned: ({ lesson, subject: { dialect, mode, model } }) =>
        log.info("lesson-learned", { lesson, dialect, mode, model }),
      onRepaired: (name, subject) => counters.countRepair(name, subject),
      onBug: (error) => log.error("repair-failed", { error: describeError(error) }),
    },
    counters,
    now,
    onActive: onActive(link),
    answerLocally: createLocalAnswers(localSteps(parts, forward)),
    onAnswer: config.log.level === "debug" ? (visit) => log.debug("request", { ...visit }) : null,
    onBug: (error) => log.error("request-failed", { error: describeError(error) }),
  };
}

function forwardSteps({ config, credentials, counters, client, link }: Parts): ForwardSteps {
  return {
    credentials,
    send: createUpstream({ fetch, client, watchdog: new Watchdog(config.idleTimeoutMs) }),
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
  const { config, options, link, credentials, keys } = parts;
  const { workspaceHost, metadataCapability, marginMs, drainTimeoutMs } = config;
  return {
    credentials,
    now,
    marginMs,
    drainTimeoutMs,
    workspaceHost,
    metadataCapability: new Secret(metadataCapability),
    onActive: onActive(link),
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

function onActive(link: RotatorLink): () => void {
  return () => link.noteActive(now());
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

/** What the local keys open. */
interface LocalDoor {
  readonly ring: KeyRing;
  readonly operator: Secret;
}

function followKeys({ keysFile }: ProxyConfig): FollowedFile<LocalDoor> {
  const parse = (text: string) => {
    const keys = parseKeys(text);
    return { ring: makeKeyRing(keys), operator: keys.operator };
  };
  // A key that is taken back is refused within an instant that nobody can tell from at once.
  return new FollowedFile(keysFile, parse, { restMs: KEYS_REST_MS });
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

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
import { pause } from "../support/pause.ts";
import { BodyLanes } from "./body_lanes.ts";
import { BodyMemory } from "./body_memory.ts";
import { Connections, type VisitHandler } from "./connections.ts";
import { Credentials } from "./credentials.ts";
import type { ForwardSteps } from "./forward.ts";
import { type Door, type KeyRing, makeKeyRing } from "./guard.ts";
import { createHandler, type HandlerSteps } from "./handler.ts";
import { RotatorLink } from "./link.ts";
import { createLocalAnswers, type LocalSteps } from "./local.ts";
import { createModels } from "./models.ts";
import type { RelaySteps } from "./relay.ts";
import type { StreamSteps } from "./relayed_stream.ts";
import { answerRepairs } from "./repairs/answer_table.ts";
import { LEARNED } from "./repaired_request.ts";
import { Lessons } from "./repairs/learned/lessons.ts";
import { Rows } from "./repairs/rows.ts";
import { createSignatures, type Signatures } from "./repairs/signatures/signatures.ts";
import { requestRepairs } from "./repairs/table.ts";
import { Counters, sumStats } from "./stats.ts";
import { makeStatus, reasonNotReady } from "./status.ts";
import { findServeConnection } from "./serve_connection.ts";
import { Strangers } from "./strangers.ts";
import { Streams } from "./streams.ts";
import { createUpstream } from "./upstream.ts";
import { keepLooking, Watchdog } from "./watchdog.ts";
import { WokenClient } from "./woken_client.ts";

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
   * Epoch ms.
   * @default {Date.now}
   */
  readonly now?: () => number;
  /**
   * Milliseconds on a clock that only rises.
   * @default {performance.now}
   */
  readonly elapsed?: () => number;
  /**
   * The time of streams that wait.
   * @default {a watchdog of 15 s, and timers}
   */
  readonly streams?: Pick<StreamSteps, "silence" | "pause">;
  /**
   * Keeps strangers waiting.
   * @default {pause}
   */
  readonly pause?: HandlerSteps["pause"];
}

/** How long a caller hears nothing before it is given a sign of life. */
const SILENCE_MS = 15_000;

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
  const keys = followKeys(config);
  const lessons = config.repairsOff.includes(LEARNED) ? null : new Lessons();
  const parts: Parts = {
    config,
    options,
    now,
    elapsed,
    link,
    credentials,
    keys,
    counters,
    client,
    lessons,
    signatures: createSignatures(),
    watchdogs: {
      body: new Watchdog(config.limits.bodyTimeoutMs),
      upstream: new Watchdog(config.idleTimeoutMs),
      silence: options.streams?.silence ?? new Watchdog(SILENCE_MS),
    },
  };
  const steps = handlerSteps(parts);
  const connections = watchConnections(parts);
  const stopLooking = keepLooking(Object.values(parts.watchdogs));
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
      stopLooking();
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
  readonly now: () => number;
  readonly elapsed: () => number;
  readonly link: RotatorLink;
  readonly credentials: Credentials;
  readonly keys: FollowedFile<LocalDoor>;
  readonly counters: Counters;
  readonly client: WokenClient;
  readonly lessons: Lessons | null;
  readonly signatures: Signatures;
  readonly watchdogs: {
    /** Of bodies that do not come. */
    readonly body: Watchdog;
    /** Of answers that do not come. */
    readonly upstream: Watchdog;
    /** Of callers that hear nothing. */
    readonly silence: Watchdog;
  };
}

function handlerSteps(parts: Parts): Omit<HandlerSteps, "door"> {
  const { config, link, keys, counters, lessons, signatures, now } = parts;
  const forward = forwardSteps(parts);
  return {
    ...forward,
    keys: (age) => (age === "fresh" ? keys.look() : keys.read())?.ring ?? null,
    clientAuth: config.clientAuth,
    agentDialects: config.agentDialects,
    target: targetOf(config, link),
    maxBodyBytes: config.maxBodyBytes,
    bodyMemory: new BodyMemory(config.limits.bodyMemoryBytes),
    bodyLanes: new BodyLanes(),
    bodyWatchdog: parts.watchdogs.body,
    streams: new Streams(config.limits.maxStreams),
    strangers: new Strangers(() => performance.now()),
    pause: parts.options.pause ?? pause,
    repairs: {
      rows: new Rows(requestRepairs(signatures), config.repairsOff),
      lessons,
      onLearned: ({ lesson, subject: { dialect, mode, model } }) =>
        log.info("lesson-learned", { lesson, dialect, mode, model }),
      onRepaired: (name, subject) => counters.countRepair(name, subject),
      onBug: (error) => log.error("repair-failed", { error: describeError(error) }),
    },
    answers: answerSteps(parts),
    counters,
    now,
    onActive: onActive(parts),
    answerLocally: createLocalAnswers(localSteps(parts, forward)),
    onAnswer: config.log.level === "debug" ? (visit) => log.debug("request", { ...visit }) : null,
    onBug: (error) => log.error("request-failed", { error: describeError(error) }),
  };
}

function answerSteps({ config, options, counters, signatures, watchdogs }: Parts): RelaySteps {
  return {
    silence: watchdogs.silence,
    pause: options.streams?.pause ?? pause,
    rows: new Rows(answerRepairs(signatures), config.repairsOff),
    onRepaired: (name, subject) => counters.countRepair(name, subject),
    onBug: (error) => log.error("repair-failed", { error: describeError(error) }),
    onFault: (error) => {
      counters.countUpstreamFailure();
      log.warn("stream-failed", { error: describeError(error) });
    },
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
      watchdog: parts.watchdogs.upstream,
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
  const { config, options, link, credentials, keys, now } = parts;
  const { workspaceHost, metadataCapability, marginMs, drainTimeoutMs } = config;
  return {
    credentials,
    now,
    marginMs,
    drainTimeoutMs,
    workspaceHost,
    metadataCapability: new Secret(metadataCapability),
    onActive: onActive(parts),
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

/**
 * What all that a proxy does shares, made once.
 *
 * @module
 */

import type { ProxyConfig, ProxyStats } from "../protocol.ts";
import type { FollowedFile } from "../support/followed_file.ts";
import { Credentials } from "./credentials.ts";
import { followKeys, followProfile, type LocalDoor } from "./followed.ts";
import type { HandlerSteps } from "./handler_steps.ts";
import { RotatorLink } from "./link.ts";
import type { StreamSteps } from "./relayed_stream.ts";
import { LEARNED } from "./repaired_request.ts";
import { Lessons } from "./repairs/learned/lessons.ts";
import { createSignatures, type Signatures } from "./repairs/signatures/signatures.ts";
import { Counters } from "./stats.ts";
import { Watchdog } from "./watchdog.ts";
import { WokenClient } from "./woken_client.ts";

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

/** The parts. */
export interface Parts {
  readonly config: ProxyConfig;
  readonly options: ProxyOptions;
  readonly now: () => number;
  readonly elapsed: () => number;
  readonly link: RotatorLink;
  readonly credentials: Credentials;
  readonly keys: FollowedFile<LocalDoor>;
  readonly counters: Counters;
  readonly client: WokenClient;
  /** `null`: nothing is learned. */
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
  /** Fires when the streams that still run have to come to an end. */
  readonly closing: AbortController;
  /** Something was asked for: the credential is in use. */
  readonly onActive: () => void;
}

/** How long a caller hears nothing before it is given a sign of life. */
const SILENCE_MS = 15_000;

/** Makes them; nothing of it does anything yet. */
export function makeParts(config: ProxyConfig, options: ProxyOptions): Parts {
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
  const make = () => Deno.createHttpClient({ poolIdleTimeout: 30_000, poolMaxIdlePerHost: 256 });
  const client = new WokenClient({ now, elapsed, make });
  return {
    config,
    options,
    now,
    elapsed,
    link,
    credentials,
    keys: followKeys(config),
    counters: new Counters(),
    client,
    lessons: config.repairsOff.includes(LEARNED) ? null : new Lessons(),
    signatures: createSignatures(),
    watchdogs: {
      body: new Watchdog(config.limits.bodyTimeoutMs),
      upstream: new Watchdog(config.idleTimeoutMs),
      silence: options.streams?.silence ?? new Watchdog(SILENCE_MS),
    },
    closing: new AbortController(),
    onActive: () => {
      // Before it is held for a credential: the clock may be set meanwhile.
      client.look();
      link.noteActive(now());
    },
  };
}

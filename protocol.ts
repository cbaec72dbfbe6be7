/**
 * Everything that the isolates say to each other, in one place.
 *
 * A message is plain data: a `Secret` would lose its class on the way, so a generation travels
 * as {@link WireGeneration} and is wrapped again on arrival by {@link fromWire}.
 *
 * @module
 */

import { type CredentialSource, type Generation, Secret } from "./workspace/credential.ts";
import type { Dialect, UpstreamMode } from "./workspace/endpoints.ts";
import type { AgentFile, AgentFileName } from "./support/agent_file.ts";
import type { Problem } from "./support/errors.ts";
import type { ProxyLimits } from "./support/limits.ts";
import type { LogOptions } from "./support/log.ts";

/** A generation as it travels between isolates; `value` is the token. */
export interface WireGeneration {
  readonly number: number;
  readonly value: string;
  readonly tokenId: string | null;
  readonly issuedAt: number | null;
  readonly expiresAt: number | null;
  readonly source: CredentialSource;
}

/** The generation in the form in which it may be sent. */
export function toWire(generation: Generation): WireGeneration {
  const { secret, ...rest } = generation;
  return { ...rest, value: secret.reveal() };
}

/** The generation again. */
export function fromWire(wire: WireGeneration): Generation {
  const { value, ...rest } = wire;
  return { ...rest, secret: new Secret(value) };
}

/** The token that can mint when the serving one is lost. Times are epoch ms. */
export interface SpareView {
  /** `null`: there is none at this moment. */
  readonly tokenId: string | null;
  readonly expiresAt: number | null;
  /** Why there is no newer one, in words; `null` if nothing went wrong. */
  readonly lastFailure: string | null;
}

/** An agent's file that holds the workspace token literally, or may. */
export interface AgentFileView {
  readonly target: AgentFileName;
  readonly path: string;
  /** `updated` and `current`: it has the serving one; `failed`: it may hold an old one. */
  readonly result: "updated" | "current" | "failed" | "nothing" | "absent";
  /** Why it failed, in words. */
  readonly reason: string | null;
}

/** Health of the credential chain, as the rotator sees it. No token value. */
export interface Chain {
  /**
   * `starting`: nothing known yet · `live`: all is well · `retrying`: the last attempt failed,
   * another follows · `lost`: nothing at hand can mint · `following`: something else rotates.
   */
  readonly state: "starting" | "live" | "retrying" | "lost" | "following";
  /** Where credentials come from; `profile`: from whoever else writes it. */
  readonly source: CredentialSource;
  /** Number, id and times (epoch ms) of the serving generation; `null` where unknown. */
  readonly generation: number | null;
  readonly tokenId: string | null;
  readonly issuedAt: number | null;
  readonly expiresAt: number | null;
  /** Epoch ms of the next rotation or the next try. */
  readonly nextAttemptAt: number | null;
  /** Failed tries since the last success. */
  readonly failures: number;
  /** Tries that fit at least until the serving token cannot be used; `null` where that is unknown. */
  readonly triesLeft: number | null;
  /** What went wrong last, in words. */
  readonly lastFailure: string | null;
  /** Rotations since the service started. */
  readonly rotations: number;
  /** Old tokens that are still to be revoked. */
  readonly pendingRevocations: number;
  /** `null`: there is to be none. */
  readonly spare: SpareView | null;
  /** Agents' files that hold the token literally. */
  readonly agentFiles: readonly AgentFileView[];
}

/** What a proxy isolate has counted since it started. */
export interface ProxyStats {
  readonly requests: number;
  /** Requests that Keyturn itself refused, by status. */
  readonly refused: Readonly<Record<string, number>>;
  /** Requests that ran into a bound, by its name. */
  readonly limits: Readonly<Record<string, number>>;
  /** Requests replayed with a fresh generation after a dead-token answer. */
  readonly rescues: number;
  /** Requests whose upstream failed, stalled or broke off. */
  readonly upstreamFailures: number;
  readonly inFlight: number;
  /** Connections that are open. */
  readonly connections: number;
  /** Connections that were ended: without a request in time, idle, or to make room; by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Requests per agent (name of the local key; `-` where keys are off). */
  readonly agents: Readonly<Record<string, { readonly requests: number; readonly lastAt: number }>>;
  /** How often each repair fired. */
  readonly repairs: readonly RepairCount[];
  /** What rejections taught. */
  readonly lessons: readonly LessonCount[];
}

/** Something that an endpoint refused once, and gets no more. */
export interface LessonCount {
  /** In words: `strip store`. */
  readonly lesson: string;
  readonly dialect: Dialect;
  readonly mode: string;
  readonly model: string;
  /** How many requests it changed, not counting those that taught it. */
  readonly applied: number;
}

/** How often a repair fired for one dialect and one model. */
export interface RepairCount {
  readonly repair: string;
  readonly dialect: Dialect;
  /** As it was asked for, cut off at 100 characters; `*` for any beyond the first 500. */
  readonly model: string;
  readonly count: number;
}

/**
 * Where the rotator's credentials come from. Plain values, since a `Secret` would lose its class
 * on the way.
 */
export type SourceConfig =
  | { readonly kind: "pat" }
  | { readonly kind: "oauth"; readonly clientId: string; readonly clientSecret: string }
  | {
    readonly kind: "command";
    /** Absolute path of the executable, and its arguments. */
    readonly command: readonly string[];
    /** Its whole environment. */
    readonly env: Readonly<Record<string, string>>;
  };

/** What a proxy isolate is told at its start. */
export interface ProxyConfig {
  readonly index: number;
  readonly hostname: string;
  readonly port: number;
  /** Whether other isolates share the port. */
  readonly shared: boolean;
  readonly socketPath: string | null;
  readonly workspaceHost: string;
  readonly gatewayHost: string | null;
  readonly chatBase: string | null;
  readonly geminiBase: string | null;
  readonly upstreamMode: UpstreamMode | null;
  /** The file whose token serves from the next request on, `null`: there is none to follow. */
  readonly profileFile: string | null;
  readonly profileName: string;
  /**
   * Which tokens of the file are taken: `newer` ones only, so that a stale file cannot bring back
   * one that was replaced; or `any`, where whoever writes the file decides.
   */
  readonly profileRule: "newer" | "any";
  /** What the credentials will be, until the rotator says so. */
  readonly source: CredentialSource;
  readonly keysFile: string;
  readonly clientAuth: "required" | "off";
  /** What each agent's key is good for; a key of another name: everything. */
  readonly agentDialects: Readonly<Record<string, readonly Dialect[]>>;
  readonly allowRemote: boolean;
  readonly maxBodyBytes: number;
  readonly idleTimeoutMs: number;
  readonly limits: ProxyLimits;
  /** How long before expiry a token counts as expired. */
  readonly marginMs: number;
  /** How long the rotator waits for the uses of a token that was replaced. */
  readonly drainTimeoutMs: number;
  readonly repairsOff: readonly string[];
  /** Unguessable part of the metadata URL. */
  readonly metadataCapability: string;
  readonly log: LogOptions;
  readonly version: string;
}

/** What the rotator is told at its start. */
export interface RotatorConfig {
  readonly workspaceHost: string;
  /** With another one than `pat` neither profile nor journal is touched. */
  readonly source: SourceConfig;
  readonly profileFile: string;
  readonly profileName: string;
  readonly journalFile: string;
  /** The agents' files in which the token can stand literally. */
  readonly agentFiles: readonly AgentFile[];
  /** The bootstrap PAT of the environment. */
  readonly bootstrapToken: string | null;
  readonly rotation: "auto" | "off";
  readonly tokenLifetimeMs: number;
  readonly rotationIntervalMs: number;
  /** 0: no spare. */
  readonly spareLifetimeMs: number;
  /** What the serving PAT may do; `null`: all that its user may. */
  readonly scopes: readonly string[] | null;
  readonly drainTimeoutMs: number;
  /** Least time between a token's successor and its end. */
  readonly graceMs: number;
  readonly bootstrapRevoke: "auto" | "always" | "never";
  /** The exact comment of each minted PAT; `null`: made of the host name and the installation id. */
  readonly instanceName: string | null;
  readonly hostName: string;
  /** Whether the upstream mode is still to be found out. */
  readonly probe: boolean;
  /** Numbers of generations go on from here. */
  readonly lastNumber: number;
  readonly log: LogOptions;
  readonly version: string;
}

/** Supervisor → proxy. */
export type ToProxy =
  | { readonly type: "start"; readonly config: ProxyConfig }
  | { readonly type: "link"; readonly port: MessagePort }
  | { readonly type: "collect"; readonly id: string }
  | { readonly type: "collected"; readonly id: number; readonly stats: readonly ProxyStats[] }
  | { readonly type: "stop" };

/** Proxy → supervisor. */
export type FromProxy =
  | { readonly type: "listening"; readonly port: number }
  | { readonly type: "failed"; readonly problem: Problem }
  | { readonly type: "gather"; readonly id: number }
  | { readonly type: "stats"; readonly id: string; readonly stats: ProxyStats }
  | { readonly type: "stopped" };

/** Supervisor → rotator. */
export type ToRotator =
  | { readonly type: "start"; readonly config: RotatorConfig }
  | { readonly type: "link"; readonly proxy: number; readonly port: MessagePort }
  | { readonly type: "unlink"; readonly proxy: number }
  | { readonly type: "stop" };

/** Rotator → supervisor. */
export type FromRotator =
  | { readonly type: "numbered"; readonly number: number }
  | { readonly type: "stopped" };

/** Rotator → proxy, over their own port. */
export type RotatorToProxy =
  | { readonly type: "publish"; readonly generation: WireGeneration }
  | { readonly type: "chain"; readonly chain: Chain }
  | { readonly type: "mode"; readonly mode: UpstreamMode }
  | { readonly type: "drain"; readonly number: number }
  | { readonly type: "rotated"; readonly id: number; readonly outcome: RotateOutcome };

/** Proxy → rotator, over their own port. */
export type ProxyToRotator =
  /** The generation is in use here; nothing will start with an older one. */
  | { readonly type: "published"; readonly number: number }
  /** Nothing in flight uses this or an older generation. */
  | { readonly type: "drained"; readonly number: number }
  /** The workspace called this generation dead. */
  | { readonly type: "rejected"; readonly number: number | null }
  /** A request waits for a credential. */
  | { readonly type: "needed" }
  | { readonly type: "active"; readonly at: number }
  | { readonly type: "rotate"; readonly id: number };

/** What `keyturn rotate` is told. */
export type RotateOutcome =
  | { readonly ok: true; readonly oldId: string | null; readonly newId: string | null }
  | { readonly ok: false; readonly message: string };

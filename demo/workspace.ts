/**
 * The embedded workspace: a Databricks workspace as far as Keyturn can tell, on loopback, with
 * tokens that live and die and failures on demand. The demo runs on it, and so do the tests.
 *
 * @module
 */

import { exchange } from "./exchange.ts";
import type { FaultHandle } from "./fault_table.ts";
import type { FaultRule } from "./faults.ts";
import type { DeadTokenAnswer } from "./replies.ts";
import type { RequestRecord } from "./request_log.ts";
import type { Script } from "./script.ts";
import { type OauthClient, type TokenView, type WorkspaceStats, World } from "./world.ts";

export type { FaultAction, FaultMatch, FaultRule } from "./faults.ts";
export type { FaultHandle } from "./fault_table.ts";
export type { DeadTokenAnswer } from "./replies.ts";
export type { RequestRecord } from "./request_log.ts";
export type { OauthClient, TokenView, WorkspaceStats } from "./world.ts";

/** What the workspace is to be like. */
export interface WorkspaceOptions {
  /**
   * Port to listen on; 0 means any.
   * @default {0}
   */
  readonly port?: number;
  /**
   * Address to listen on.
   * @default {"127.0.0.1"}
   */
  readonly hostname?: string;
  /**
   * Epoch ms; the real clock if left out. Pauses always take real time.
   */
  readonly now?: () => number;
  /**
   * Shortest life of a minted token.
   * @default {1}
   */
  readonly minLifetimeSeconds?: number;
  /**
   * Live tokens that one owner may have.
   * @default {600}
   */
  readonly tokenQuota?: number;
  /**
   * Whether tokens can be made with scopes.
   * @default {true}
   */
  readonly takesScopes?: boolean;
  /**
   * Whether there is an AI gateway.
   * @default {true}
   */
  readonly gateway?: boolean;
  /**
   * Pause before each event of a stream.
   * @default {0}
   */
  readonly paceMs?: number;
  /** The models that exist. Left out, every model that is asked for does. */
  readonly models?: readonly string[];
  /** What the models say. Left out, or where it says nothing, they greet. */
  readonly script?: Script;
  /**
   * A token this close to its expiry is refused already.
   * @default {0}
   */
  readonly rejectLastMs?: number;
  /**
   * How a dead token is turned away. `400-text` is for inference only; the rest of the API then
   * answers `403-json`.
   * @default {"403-json"}
   */
  readonly deadTokenAnswer?: DeadTokenAnswer;
  /** Service principals that can log in at `/oidc/v1/token`. */
  readonly oauthClients?: readonly OauthClient[];
  /**
   * Life of the tokens that they get.
   * @default {3600}
   */
  readonly oauthLifetimeSeconds?: number;
}

/** A token to seed the workspace with. */
export interface TokenSeed {
  /** `null`: it does not expire. */
  readonly lifetimeMs: number | null;
  /**
   * Free text.
   * @default {""}
   */
  readonly comment?: string;
  /**
   * Whose it is.
   * @default {"demo@example.com"}
   */
  readonly owner?: string;
}

/** A running workspace. */
export interface Workspace extends AsyncDisposable {
  /** `http://…` without a path. */
  readonly origin: string;
  /** Where it listens. */
  readonly port: number;
  /** Adds a personal access token, whatever the quota. */
  issue(seed: TokenSeed): { readonly value: string; readonly tokenId: string };
  /** All tokens, oldest first, but of the dead ones only the last 1,000. */
  tokens(): readonly TokenView[];
  /** Revokes a token at once, as an administrator would; says whether it was live. */
  revoke(tokenId: string): boolean;
  /** Arms a failure. */
  fault(rule: FaultRule): FaultHandle;
  /** The last 5,000 requests, oldest first. Records go on changing until they are answered. */
  requests(): readonly RequestRecord[];
  /** Forgets the requests; tokens, counts and faults stay. */
  clear(): void;
  /** Counts since the start. */
  stats(): WorkspaceStats;
  /** Cuts what is running, and stops. A second call waits for the first. */
  shutdown(): Promise<void>;
}

/** Starts a workspace that listens when this returns. */
export function startWorkspace(options: WorkspaceOptions = {}): Workspace {
  const { port = 0, hostname = "127.0.0.1" } = options;
  const world = createWorld(options);
  const closing = new AbortController();
  const server = Deno.serve(
    {
      port,
      hostname,
      signal: closing.signal,
      onListen() {},
      // Without this, Deno prints a stack for each body that a fault cuts.
      onError: () => new Response(null, { status: 500 }),
    },
    (request, { remoteAddr }) =>
      exchange(request, { world, remoteHost: remoteAddr.hostname, closing: closing.signal }),
  );
  const shutdown = async () => {
    closing.abort();
    await server.finished;
  };
  return {
    origin: `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${server.addr.port}`,
    port: server.addr.port,
    issue: (seed) => seedToken(world, seed),
    tokens: () => world.tokens(),
    revoke: (tokenId) => world.revoke(tokenId),
    fault: (rule) => world.faults.add(rule),
    requests: () => world.log.list(),
    clear: () => world.log.clear(),
    stats: () => world.stats(),
    shutdown,
    [Symbol.asyncDispose]: shutdown,
  };
}

function createWorld(options: WorkspaceOptions): World {
  return new World({
    now: options.now ?? Date.now,
    minLifetimeSeconds: options.minLifetimeSeconds ?? 1,
    tokenQuota: options.tokenQuota ?? 600,
    takesScopes: options.takesScopes ?? true,
    hasGateway: options.gateway ?? true,
    paceMs: options.paceMs ?? 0,
    models: options.models ?? null,
    script: options.script ?? null,
    rejectLastMs: options.rejectLastMs ?? 0,
    deadTokenAnswer: options.deadTokenAnswer ?? "403-json",
    oauthClients: options.oauthClients ?? [],
    oauthLifetimeSeconds: options.oauthLifetimeSeconds ?? 3600,
  });
}

function seedToken(world: World, seed: TokenSeed) {
  const { lifetimeMs, comment = "", owner = "demo@example.com" } = seed;
  const { token, value } = world.issue({
    owner,
    comment,
    kind: "pat",
    expiresAt: lifetimeMs === null ? null : world.settings.now() + lifetimeMs,
  });
  return { value, tokenId: token.id };
}

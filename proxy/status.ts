/**
 * The state of the service as values: for `status --json`, `/metrics` and `/ready`. No token in
 * any of them.
 *
 * @module
 */

import type { Chain, ProxyStats } from "../protocol.ts";
import { findStatusProblems, type StatusProblem } from "./status_problems.ts";

/** What `status --json` prints. Times are epoch ms, lengths of time are seconds. */
export interface Status {
  /** Version of this shape. */
  readonly version: 1;
  readonly service: string;
  /** When this was so. */
  readonly at: number;
  /** A credential serves, and nothing is wrong. */
  readonly isWell: boolean;
  /** What is wrong, the worst first. */
  readonly problems: readonly StatusProblem[];
  readonly credential: {
    readonly state: Chain["state"];
    readonly source: Chain["source"];
    readonly generation: number | null;
    readonly tokenId: string | null;
    readonly ageSeconds: number | null;
    readonly secondsToExpiry: number | null;
    readonly nextAttemptInSeconds: number | null;
    readonly failures: number;
    readonly triesLeft: number | null;
    readonly lastFailure: string | null;
    readonly rotations: number;
    readonly pendingRevocations: number;
    /** `null`: there is to be none. */
    readonly spare: {
      /** `null`: there is none at this moment. */
      readonly tokenId: string | null;
      readonly secondsToExpiry: number | null;
      readonly lastFailure: string | null;
    } | null;
    /** Agents' files that hold the token literally, or may. */
    readonly agentFiles: Chain["agentFiles"];
  };
  readonly upstreamMode: string;
  readonly requests: ProxyStats;
  readonly workers: number;
  /** For `DATABRICKS_METADATA_SERVICE_URL`. */
  readonly metadataUrl: string;
}

/** What a status is made of. */
export interface StatusParts {
  readonly chain: Chain;
  readonly stats: ProxyStats;
  readonly workers: number;
  readonly upstreamMode: string;
  readonly metadataUrl: string;
  readonly version: string;
  readonly now: number;
}

/** The status of the service at `now`. */
export function makeStatus(parts: StatusParts): Status {
  const { chain, now } = parts;
  const credential = credentialOf(chain, now);
  const problems = findStatusProblems(credential);
  const isServing = chain.state === "live" || chain.state === "following";
  return {
    version: 1,
    service: `keyturn ${parts.version}`,
    at: now,
    isWell: isServing && chain.generation !== null && problems.length === 0,
    problems,
    credential,
    upstreamMode: parts.upstreamMode,
    requests: parts.stats,
    workers: parts.workers,
    metadataUrl: parts.metadataUrl,
  };
}

function credentialOf(chain: Chain, now: number): Status["credential"] {
  const until = (at: number | null) => at === null ? null : Math.round((at - now) / 1_000);
  const since = (at: number | null) => at === null ? null : Math.round((now - at) / 1_000);
  return {
    state: chain.state,
    source: chain.source,
    generation: chain.generation,
    tokenId: chain.tokenId,
    ageSeconds: since(chain.issuedAt),
    secondsToExpiry: until(chain.expiresAt),
    nextAttemptInSeconds: until(chain.nextAttemptAt),
    failures: chain.failures,
    triesLeft: chain.triesLeft,
    lastFailure: chain.lastFailure,
    rotations: chain.rotations,
    pendingRevocations: chain.pendingRevocations,
    spare: chain.spare === null ? null : {
      tokenId: chain.spare.tokenId,
      secondsToExpiry: until(chain.spare.expiresAt),
      lastFailure: chain.spare.lastFailure,
    },
    agentFiles: chain.agentFiles,
  };
}

const NOT_READY: Readonly<Record<Chain["state"], string>> = {
  starting: "the first credential is still being checked",
  live: "the credential at hand expired or was refused, and a fresh one is on its way",
  retrying: "there is no live credential, and the last try to get one failed; another follows",
  lost: "there is no live credential, and nothing at hand can make one",
  following: "there is no live credential in the profile, which something else rewrites",
};

/**
 * Why the service cannot forward requests, `null` if it can. For anybody to read: no names, no
 * tokens, no error texts.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { reasonNotReady } from "./status.ts";
 *
 * assert.equal(reasonNotReady("live", { credential: "usable" }), null);
 * assert.match(reasonNotReady("lost", { credential: "none" }) ?? "", /nothing at hand/);
 * ```
 */
export function reasonNotReady(
  state: Chain["state"],
  options: { readonly credential: "usable" | "none" },
): string | null {
  return options.credential === "usable" ? null : NOT_READY[state];
}

/**
 * The status as Prometheus text
 * (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format).
 */
export function renderMetrics(status: Status): string {
  const { credential, requests } = status;
  const lines: string[] = [];
  const add = (name: string, kind: "counter" | "gauge", help: string, value: number | null) => {
    lines.push(`# HELP keyturn_${name} ${help}`, `# TYPE keyturn_${name} ${kind}`);
    if (value !== null) lines.push(`keyturn_${name} ${value}`);
  };
  add("credential_generation", "gauge", "Number of the serving generation.", credential.generation);
  add("credential_age_seconds", "gauge", "Age of the serving credential.", credential.ageSeconds);
  add(
    "credential_expiry_seconds",
    "gauge",
    "Seconds until the serving credential expires.",
    credential.secondsToExpiry,
  );
  add("rotations_total", "counter", "Rotations since start.", credential.rotations);
  add("rotation_failures", "gauge", "Failed tries since the last success.", credential.failures);
  add("pending_revocations", "gauge", "Old tokens still to revoke.", credential.pendingRevocations);
  add("rescues_total", "counter", "Requests replayed with a fresh token.", requests.rescues);
  add(
    "upstream_failures_total",
    "counter",
    "Exchanges that failed upstream.",
    requests.upstreamFailures,
  );
  add("in_flight", "gauge", "Requests in flight.", requests.inFlight);
  add("requests_total", "counter", "Requests let in, by agent.", null);
  for (const [agent, { requests: count }] of Object.entries(requests.agents)) {
    lines.push(`keyturn_requests_total{agent=${JSON.stringify(agent)}} ${count}`);
  }
  add("repairs_total", "counter", "Bodies and streams that a repair changed.", null);
  for (const { repair, dialect, model, count } of requests.repairs) {
    const labels = [["repair", repair], ["dialect", dialect], ["model", model]]
      .map(([name, value]) => `${name}="${escapeLabel(value ?? "")}"`);
    lines.push(`keyturn_repairs_total{${labels.join(",")}} ${count}`);
  }
  add("connections", "gauge", "Open connections.", requests.connections);
  add("connections_dropped_total", "counter", "Connections ended for what they left undone.", null);
  for (const [reason, count] of Object.entries(requests.dropped)) {
    lines.push(`keyturn_connections_dropped_total{reason="${reason}"} ${count}`);
  }
  add("refused_total", "counter", "Requests refused, by status.", null);
  for (const [code, count] of Object.entries(requests.refused)) {
    lines.push(`keyturn_refused_total{status="${code}"} ${count}`);
  }
  add("limits_total", "counter", "Requests that ran into a bound, by its name.", null);
  for (const [limit, count] of Object.entries(requests.limits)) {
    lines.push(`keyturn_limits_total{limit="${limit}"} ${count}`);
  }
  return lines.join("\n") + "\n";
}

/** A value of a label may hold anything but these three as they are. */
function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

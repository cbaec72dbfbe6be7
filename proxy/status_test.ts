import assert from "node:assert/strict";
import type { Chain, ProxyStats } from "../protocol.ts";
import { makeStatus, reasonNotReady, renderMetrics } from "./status.ts";

const NOW = 1_700_000_000_000;

const CHAIN: Chain = {
  state: "live",
  source: "pat",
  generation: 7,
  tokenId: "f00d",
  issuedAt: NOW - 100_400,
  expiresAt: NOW + 799_600,
  nextAttemptAt: NOW + 500_000,
  failures: 0,
  triesLeft: 8,
  lastFailure: null,
  rotations: 6,
  pendingRevocations: 1,
  spare: { tokenId: "b", expiresAt: NOW + 1_000_000, lastFailure: null },
  agentFiles: [],
};

const STATS: ProxyStats = {
  requests: 12,
  refused: { "401": 2, "413": 1 },
  limits: { "body-bytes": 1 },
  rescues: 3,
  upstreamFailures: 4,
  inFlight: 5,
  connections: 7,
  dropped: { "no-request": 2 },
  agents: { "pi": { requests: 10, lastAt: NOW }, "-": { requests: 2, lastAt: NOW } },
  repairs: [{ repair: "blank-text", dialect: "chat", model: 'm"1', count: 6 }],
  lessons: [],
};

function statusOf(chain: Chain): ReturnType<typeof makeStatus> {
  return makeStatus({
    chain,
    stats: STATS,
    workers: 2,
    upstreamMode: "ai-gateway",
    metadataUrl: "http://127.0.0.1:4000/metadata/x",
    version: "1.2.3",
    now: NOW,
  });
}

Deno.test("makeStatus() gives lengths of time in whole seconds, and null where nothing is known", () => {
  const { credential, service, requests } = statusOf(CHAIN);
  assert.equal(service, "keyturn 1.2.3");
  assert.deepEqual(requests, STATS);
  assert.deepEqual(credential, {
    state: "live",
    source: "pat",
    generation: 7,
    tokenId: "f00d",
    ageSeconds: 100,
    secondsToExpiry: 800,
    nextAttemptInSeconds: 500,
    failures: 0,
    triesLeft: 8,
    lastFailure: null,
    rotations: 6,
    pendingRevocations: 1,
    spare: { tokenId: "b", secondsToExpiry: 1_000, lastFailure: null },
    agentFiles: [],
  });
  const unknown = statusOf({ ...CHAIN, issuedAt: null, expiresAt: null, nextAttemptAt: null });
  assert.equal(unknown.credential.ageSeconds, null);
  assert.equal(unknown.credential.secondsToExpiry, null);
  assert.equal(unknown.credential.nextAttemptInSeconds, null);
});

Deno.test("renderMetrics() writes text that a scraper reads: help and type before each sample", () => {
  const text = renderMetrics(statusOf(CHAIN));
  assert(text.endsWith("\n"));
  const names = new Set<string>();
  for (const line of text.trimEnd().split("\n")) {
    const declared = /^# (?:HELP|TYPE) (keyturn_[a-z_]+) /.exec(line)?.[1];
    if (declared !== undefined) {
      names.add(declared);
      continue;
    }
    const sample =
      /^(keyturn_[a-z_]+)(\{[a-z]+="(?:[^"\\]|\\["\\n])*"(?:,[a-z]+="(?:[^"\\]|\\["\\n])*")*\})? -?\d+$/
        .exec(line);
    assert(sample, line);
    assert(names.has(sample[1] ?? ""), `${line} is declared`);
  }
  for (
    const line of [
      "keyturn_credential_generation 7",
      "keyturn_credential_expiry_seconds 800",
      "keyturn_rescues_total 3",
      "keyturn_upstream_failures_total 4",
      "keyturn_in_flight 5",
      'keyturn_requests_total{agent="pi"} 10',
      'keyturn_requests_total{agent="-"} 2',
      'keyturn_refused_total{status="413"} 1',
      'keyturn_limits_total{limit="body-bytes"} 1',
      'keyturn_repairs_total{repair="blank-text",dialect="chat",model="m\\"1"} 6',
    ]
  ) {
    assert(text.split("\n").includes(line), line);
  }
});

Deno.test("renderMetrics() leaves out what is not known", () => {
  const text = renderMetrics(statusOf({ ...CHAIN, generation: null, expiresAt: null }));
  assert.doesNotMatch(text, /^keyturn_credential_(generation|expiry_seconds) /m);
  assert.match(text, /^# TYPE keyturn_credential_generation gauge$/m);
});

Deno.test("reasonNotReady() has a sentence for each state of the chain", () => {
  const reasons = new Set<string | null>();
  for (const state of ["starting", "live", "retrying", "lost", "following"] as const) {
    reasons.add(reasonNotReady(state, { credential: "none" }));
    assert.equal(reasonNotReady(state, { credential: "usable" }), null);
  }
  assert.equal(reasons.size, 5);
  assert(!reasons.has(null));
});

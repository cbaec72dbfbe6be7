import assert from "node:assert/strict";
import type { Chain, ProxyStats } from "../protocol.ts";
import { makeStatus } from "./status.ts";
import { renderStatus } from "./status_text.ts";

const NOW = 1_700_000_000_000;

const CHAIN: Chain = {
  state: "live",
  source: "pat",
  generation: 7,
  tokenId: "f00df00df00d",
  issuedAt: NOW - 100_000,
  expiresAt: NOW + 800_000,
  nextAttemptAt: NOW + 500_000,
  failures: 0,
  triesLeft: 8,
  lastFailure: null,
  rotations: 6,
  pendingRevocations: 1,
  spare: { tokenId: "beef", expiresAt: NOW + 9_000_000, lastFailure: null },
  agentFiles: [],
};

const STATS: ProxyStats = {
  requests: 12,
  refused: { "401": 2 },
  limits: {},
  rescues: 3,
  upstreamFailures: 4,
  inFlight: 5,
  connections: 7,
  dropped: {},
  agents: {
    pi: { requests: 9, lastAt: NOW - 7_200_000 },
    hermes: { requests: 3, lastAt: NOW - 2_000 },
  },
  lessons: [],
  repairs: [
    { repair: "a", dialect: "chat", model: "m", count: 2 },
    { repair: "b", dialect: "chat", model: "m", count: 1 },
  ],
};

function lines(chain: Partial<Chain>, stats: Partial<ProxyStats> = {}): string[] {
  const text = renderStatus(makeStatus({
    chain: { ...CHAIN, ...chain },
    stats: { ...STATS, ...stats },
    workers: 1,
    upstreamMode: "ai-gateway",
    metadataUrl: "http://127.0.0.1:4000/metadata/x",
    version: "1.2.3",
    now: NOW,
  }));
  assert(text.endsWith("\n"));
  return text.trimEnd().split("\n");
}

Deno.test("renderStatus() says in five lines that all is well", () => {
  assert.deepEqual(lines({}), [
    "all is well keyturn 1.2.3 (live, ai-gateway)",
    "credential  pat f00df00d, generation 7, 1 min 40 s old, for 13 min 20 s more; " +
    "next rotation in 8 min 20 s; 6 done, 1 old to revoke; spare for 2 h 30 min",
    "requests    12 (5 in flight), 3 rescued, 3 repaired, 4 failed upstream, refused 2 × 401",
    "agents      hermes 3, 2 s ago; pi 9, 2 h ago",
    "problems    none",
  ]);
});

Deno.test("renderStatus() has five lines when nothing has happened yet", () => {
  const nothing = {
    state: "starting",
    generation: null,
    tokenId: null,
    issuedAt: null,
    expiresAt: null,
    nextAttemptAt: null,
    spare: null,
  } as const;
  const [first, second, , fourth, fifth, ...more] = lines(nothing, { agents: {} });
  assert.match(first ?? "", /^starting /);
  assert.equal(second, "credential  none yet, from pat; no rotation due");
  assert.equal(fourth, "agents      none seen yet");
  assert.equal(fifth, "problems    none");
  assert.deepEqual(more, []);
});

Deno.test("renderStatus() says what went wrong, how long there is, and what to do", () => {
  const [first, second, , , problem, spare, ...more] = lines({
    state: "retrying",
    failures: 2,
    triesLeft: 5,
    lastFailure: "No answer. Check the network.",
    spare: { tokenId: null, expiresAt: null, lastFailure: "Too many tokens." },
  });
  assert.match(first ?? "", /^NOT WELL {4}keyturn 1\.2\.3 \(retrying/);
  assert.match(second ?? "", /next try in 8 min 20 s \(5 before its end\); .*; no spare$/);
  assert.match(
    problem ?? "",
    /^problem {5}No answer\. Check the network\. Do: what it says.* again in 500 s, .* 800 s$/,
  );
  assert.match(spare ?? "", /^problem {5}there is no spare token: Too many tokens\. Do: /);
  assert.deepEqual(more, []);
});

Deno.test("renderStatus() tells of a credential that is lost or expired, by its source", () => {
  for (
    const [change, wanted] of [
      [{ state: "lost", lastFailure: "It is dead." }, /It is dead\. Do: write a new personal/],
      [{ state: "following", source: "profile", expiresAt: NOW - 1 }, /expired, .* rewrites the/],
      [{ state: "lost", source: "oauth" }, /Do: put DATABRICKS_CLIENT_ID/],
      [{ state: "lost", source: "command" }, /Do: run CREDENTIAL_COMMAND by hand/],
    ] as const
  ) {
    const [first, , , , problem] = lines(change);
    assert.match(first ?? "", /^NOT WELL/);
    assert.match(problem ?? "", wanted);
  }
  const followed = lines({ state: "following", source: "profile", nextAttemptAt: null });
  assert.match(followed[1] ?? "", /; rotated by something else; spare/);
});

Deno.test("renderStatus() names each agent's file that holds an old token", () => {
  const [first, , , , last, ...rest] = lines({
    agentFiles: [
      { target: "pi", path: "/home/me/pi.json", result: "updated", reason: null },
      { target: "codex", path: "/home/me/.env", result: "failed", reason: "no permission" },
    ],
  });
  assert.match(first ?? "", /^NOT WELL/);
  assert.match(
    last ?? "",
    /\/home\/me\/\.env was not given the new token: no permission\. Do: put/,
  );
  assert.deepEqual(rest, []);
});

import assert from "node:assert/strict";
import { beginLines, continueLines } from "./plain_lines.ts";
import type { Rotation, Snapshot } from "./protocol.ts";
import { type DemoFacts, renderView } from "./view.ts";

const FACTS: DemoFacts = {
  proxyOrigin: "http://127.0.0.1:4000",
  workspaceOrigin: "http://127.0.0.1:5000",
  keysFile: "/tmp/demo/.config/keyturn/keys.json",
  profileFile: "/tmp/demo/.databrickscfg",
  lifetimeSeconds: 10,
  intervalSeconds: 5,
  seconds: 40,
  startedAt: 1_000_000,
};
const ROTATION: Rotation = {
  number: 1,
  at: 1_005_000,
  oldId: "aaaaaaaa11",
  newId: "bbbbbbbb22",
  inUseAfterMs: 38,
  isOldRevoked: true,
};
const SNAPSHOT: Snapshot = {
  at: 1_065_000,
  credential: {
    state: "live",
    source: "pat",
    generation: 3,
    tokenId: "bbbbbbbb22",
    ageSeconds: 3,
    secondsToExpiry: 7,
    nextAttemptInSeconds: 2,
    failures: 0,
    triesLeft: 8,
    lastFailure: null,
    rotations: 1,
    pendingRevocations: 0,
    spare: null,
    agentFiles: [],
  },
  inFlight: 11,
  rescues: 2,
  rotationCount: 1,
  rotations: [ROTATION],
  requests: {
    byDialect: {
      chat: { ok: 41, failed: 0 },
      responses: { ok: 40, failed: 0 },
      anthropic: { ok: 39, failed: 1 },
      gemini: { ok: 38, failed: 0 },
    },
    failures: ["anthropic: status 500: boom"],
  },
  tokens: { minted: 1, revoked: 1, liveOwn: 1, liveOthers: 2, othersTouched: 0 },
};
const PLAIN = { facts: FACTS, phase: "running", columns: 80, color: "plain" } as const;

Deno.test("renderView() says everything that there is to see", () => {
  assert.deepEqual(renderView(SNAPSHOT, PLAIN), [
    "Keyturn demo   1:05 of 0:40   Ctrl-C ends it",
    "workspace   http://127.0.0.1:5000, simulated",
    "profile     /tmp/demo/.databrickscfg, one value changes",
    "credential  live, generation 3, token bbbbbbbb",
    "            ██████░░░░░░░░░░░░░░ age 3 s, expires in 7 s, next rotation in 2 s",
    "",
    "rotations   1; a token lives 10 s and is replaced after 5 s",
    "             0:05  aaaaaaaa → bbbbbbbb, in use after 38 ms, old one revoked",
    "",
    "",
    "",
    "",
    "requests    chat           41 ok     0 failed",
    "            responses      40 ok     0 failed",
    "            anthropic      39 ok     1 failed",
    "            gemini         38 ok     0 failed",
    "            11 in flight, 2 rescued by a replay",
    "            anthropic: status 500: boom",
    "tokens      alive: ours 1, of others 2; 1 minted, 1 revoked; others untouched",
    "",
    "try it at   base URL http://127.0.0.1:4000/v1 (Anthropic: without /v1)",
    "pi key      in /tmp/demo/.config/keyturn/keys.json",
  ]);
});

Deno.test("renderView() has as many lines whatever has happened, and none that would wrap", () => {
  const quiet: Snapshot = {
    ...SNAPSHOT,
    credential: null,
    rotations: [],
    requests: { ...SNAPSHOT.requests, failures: [] },
  };
  const busy: Snapshot = {
    ...SNAPSHOT,
    rotations: Array.from({ length: 9 }, (_, index) => ({ ...ROTATION, number: index + 1 })),
    requests: { ...SNAPSHOT.requests, failures: ["x".repeat(300)] },
  };
  for (const columns of [20, 80, 200]) {
    for (const snapshot of [quiet, SNAPSHOT, busy]) {
      const lines = renderView(snapshot, { ...PLAIN, columns });
      assert.equal(lines.length, 22);
      for (const line of lines) assert(line.length <= columns, line);
    }
  }
});

Deno.test("renderView() tells of a service that does not answer, and of a lost credential", () => {
  const silent = renderView({ ...SNAPSHOT, credential: null }, PLAIN).join("\n");
  assert.match(silent, /credential {2}the service does not answer/);
  const credential = {
    ...SNAPSHOT.credential,
    state: "lost",
    source: "pat",
    generation: null,
    tokenId: null,
    ageSeconds: null,
    secondsToExpiry: null,
    nextAttemptInSeconds: null,
    failures: 2,
    triesLeft: null,
    lastFailure: "revoked",
    rotations: 0,
    pendingRevocations: 0,
    spare: null,
    agentFiles: [],
  } as const;
  const lost = renderView({ ...SNAPSHOT, credential }, PLAIN).join("\n");
  assert.match(lost, /lost, generation none, token unknown \(revoked\)/);
  assert.match(lost, /░{20} age \?, expires in \?, next rotation in \?/);
});

Deno.test("renderView() says that it is ending, and shows no end where none was set", () => {
  const facts = { ...FACTS, seconds: null };
  const [title] = renderView(SNAPSHOT, { ...PLAIN, facts, phase: "ending" });
  assert.equal(title, "Keyturn demo   1:05   ending: waits for the last answers");
});

Deno.test("renderView() colours what is wrong, and only where there is colour", () => {
  const touched = { ...SNAPSHOT.tokens, othersTouched: 1 };
  const snapshot = { ...SNAPSHOT, tokens: touched };
  const text = renderView(snapshot, { ...PLAIN, color: "color" }).join("\n");
  assert(text.includes("\x1b[31m   1 failed\x1b[39m"), "the failed requests");
  assert(text.includes("\x1b[31m1 of others touched\x1b[39m"), "the token of somebody else");
  assert(!renderView(snapshot, PLAIN).join("\n").includes("\x1b"), "plain is plain");
});

Deno.test("beginLines() says in one line what runs and how to use it", () => {
  const { lines: [line, ...more] } = beginLines(FACTS);
  assert.deepEqual(more, []);
  assert.match(line ?? "", /^Keyturn demo for 40 s: http:\/\/127\.0\.0\.1:4000 serves .*:5000; /);
  assert.match(line ?? "", /4000\/v1 with the key "pi" in \/tmp\/demo\/.*keys\.json$/);
  assert.match(
    beginLines({ ...FACTS, seconds: null }).lines[0] ?? "",
    /^Keyturn demo until Ctrl-C/,
  );
});

Deno.test("continueLines() tells each rotation once, as soon as its token is in use", () => {
  const spoken = { rotation: 0, dueAt: Infinity };
  const fresh = { ...SNAPSHOT, rotations: [{ ...ROTATION, inUseAfterMs: null }] };
  const first = continueLines(fresh, { facts: FACTS, spoken });
  assert.deepEqual(first.lines, []);
  const second = continueLines(SNAPSHOT, { facts: FACTS, spoken: first.spoken });
  const line = "1:05 rotation 1: aaaaaaaa → bbbbbbbb, in use after 38 ms";
  assert.deepEqual(second.lines, [line]);
  assert.deepEqual(continueLines(SNAPSHOT, { facts: FACTS, spoken: second.spoken }).lines, []);
});

Deno.test("continueLines() tells how everything is every five seconds", () => {
  const { spoken } = beginLines(FACTS);
  const at = (ms: number) => ({ ...SNAPSHOT, rotations: [], at: FACTS.startedAt + ms });
  assert.deepEqual(continueLines(at(4_999), { facts: FACTS, spoken }).lines, []);
  const due = continueLines(at(5_000), { facts: FACTS, spoken });
  assert.deepEqual(due.lines, [
    "0:05 158 requests ok, 1 failed, 11 in flight; generation 3 expires in 7 s; 1 rotations, " +
    "2 rescues; tokens alive: ours 1, of others 2",
  ]);
  assert.deepEqual(continueLines(at(9_999), { facts: FACTS, spoken: due.spoken }).lines, []);
  assert.equal(continueLines(at(10_000), { facts: FACTS, spoken: due.spoken }).lines.length, 1);
  const silent = continueLines({ ...at(5_000), credential: null }, { facts: FACTS, spoken });
  assert.match(silent.lines[0] ?? "", /; the service does not answer; /);
});

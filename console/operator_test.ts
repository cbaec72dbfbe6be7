import assert from "node:assert/strict";
import type { Status } from "../proxy/status.ts";
import { renderStatus } from "./operator.ts";

const CREDENTIAL: Status["credential"] = {
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
  spare: { tokenId: "beef", secondsToExpiry: 9_000, lastFailure: null },
  agentFiles: [],
};

function lines(credential: Partial<Status["credential"]>): string[] {
  const requests = { requests: 12, refused: {}, rescues: 3, upstreamFailures: 4, inFlight: 5 };
  return renderStatus({
    version: 1,
    service: "keyturn 1.2.3",
    credential: { ...CREDENTIAL, ...credential },
    upstreamMode: "ai-gateway",
    requests: {
      ...requests,
      agents: { pi: { requests: 12, lastAt: 0 } },
      repairs: [],
      lessons: [],
    },
    workers: 1,
    metadataUrl: "http://127.0.0.1:4000/metadata/x",
  }).trimEnd().split("\n");
}

Deno.test("renderStatus() says in five lines that all is well", () => {
  assert.deepEqual(lines({}), [
    "keyturn 1.2.3: live",
    "credential: pat, generation 7, age 100 s, expires in 800 s; spare expires in 9000 s",
    "next rotation in 500 s; 6 done, 1 old tokens to revoke",
    "requests: 12, in flight 5, rescued 3, upstream failures 4",
    "agents: pi 12",
  ]);
});

Deno.test("renderStatus() says what went wrong, and how long there is", () => {
  const [first, second, third] = lines({
    state: "retrying",
    failures: 2,
    triesLeft: 5,
    lastFailure: "No answer",
    spare: { tokenId: null, secondsToExpiry: null, lastFailure: "Too many tokens" },
  });
  assert.equal(first, "keyturn 1.2.3: retrying (No answer)");
  assert.match(second ?? "", /; no spare \(Too many tokens\)$/);
  assert.match(third ?? "", /^next rotation in 500 s, 5 tries before the end;/);
  assert.match(lines({ spare: null })[1] ?? "", /expires in 800 s$/);
});

Deno.test("renderStatus() names each agent's file that holds an old token", () => {
  const [, , , , , last, ...rest] = lines({
    agentFiles: [
      { target: "pi", path: "/home/me/pi.json", result: "updated", reason: null },
      { target: "codex", path: "/home/me/.env", result: "failed", reason: "no permission" },
    ],
  });
  assert.equal(last, "/home/me/.env was not given the new token: no permission");
  assert.deepEqual(rest, []);
});

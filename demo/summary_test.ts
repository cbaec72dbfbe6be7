import assert from "node:assert/strict";
import type { Snapshot } from "./protocol.ts";
import { exitCodeOf, makeSummary, renderSummary } from "./summary.ts";

const LAST: Snapshot = {
  at: 0,
  credential: null,
  inFlight: 0,
  rescues: 1,
  rotationCount: 8,
  rotations: [],
  requests: {
    byDialect: {
      chat: { ok: 3, failed: 0 },
      responses: { ok: 2, failed: 1 },
      anthropic: { ok: 1, failed: 0 },
      gemini: { ok: 0, failed: 0 },
    },
    failures: ["responses: status 500: boom"],
  },
  tokens: { minted: 0, revoked: 0, liveOwn: 0, liveOthers: 0, othersTouched: 0 },
};
const TOKENS = { minted: 8, revoked: 8, liveOwn: 1, liveOthers: 2, othersTouched: 0 };

Deno.test("makeSummary() is the shape that --json promises", () => {
  assert.deepEqual(makeSummary(LAST, { elapsedMs: 40_123, tokens: TOKENS }), {
    version: 1,
    seconds: 40,
    requests: { ok: 6, failed: 1, byDialect: LAST.requests.byDialect },
    failures: ["responses: status 500: boom"],
    rotations: 8,
    rescues: 1,
    tokens: { minted: 8, revoked: 8, liveOwn: 1, othersTouched: 0 },
  });
});

Deno.test("exitCodeOf() is 0 only if requests succeeded, none failed and nobody's token ended", () => {
  const { byDialect } = LAST.requests;
  const codeOf = (ok: number, failed: number, othersTouched = 0) =>
    exitCodeOf({ requests: { ok, failed, byDialect }, tokens: { ...TOKENS, othersTouched } });
  assert.equal(codeOf(1, 0), 0);
  assert.equal(codeOf(0, 0), 1);
  assert.equal(codeOf(100, 1), 1);
  assert.equal(codeOf(100, 0, 1), 1);
});

Deno.test("renderSummary() is one line, and one more for each failure that was kept", () => {
  const summary = makeSummary(LAST, { elapsedMs: 40_000, tokens: TOKENS });
  assert.deepEqual(renderSummary(summary), [
    "done after 40 s: 6 requests ok, 1 failed, 1 rescued; 8 rotations; 0 tokens of others touched",
    "  failed: responses: status 500: boom",
  ]);
});

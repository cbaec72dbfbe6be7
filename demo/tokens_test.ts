import assert from "node:assert/strict";
import { Refusal } from "./replies.ts";
import {
  addToken,
  changeToken,
  judge,
  listLive,
  planExpiry,
  type Token,
  type TokenBook,
} from "./tokens.ts";

const LIMITS = { now: 1000, quota: 2, minLifetimeSeconds: 60 };

function createToken(change: Partial<Token> = {}): Token {
  return {
    id: "a",
    owner: "me",
    comment: "",
    kind: "pat",
    scopes: null,
    createdAt: 0,
    expiresAt: 5000,
    revokedAt: null,
    ...change,
  };
}

function bookOf(...tokens: readonly Token[]): TokenBook {
  return tokens.reduce<TokenBook>((book, token) => addToken(book, token, 0), new Map());
}

function refusalOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof Refusal);
    return { status: error.reply.status, ...JSON.parse(error.reply.text) };
  }
  assert.fail("Nothing was refused");
}

Deno.test("judge() follows a token from live over expiring to dead", () => {
  const book = bookOf(createToken());
  const kindAt = (now: number) => judge(book, "a", { now, rejectLastMs: 1000 }).kind;
  assert.deepEqual([3999, 4000, 4999, 5000].map(kindAt), ["live", "expiring", "expiring", "dead"]);
});

Deno.test("judge() finds no token for an id that was never issued", () => {
  const verdict = judge(bookOf(createToken()), "b", { now: 0, rejectLastMs: 0 });
  assert.deepEqual(verdict, { kind: "dead", token: null });
});

Deno.test("changeToken() makes a revoked token dead at once and leaves the old book as it was", () => {
  const book = bookOf(createToken());
  const changed = changeToken(book, "a", { revokedAt: 10 });
  assert.equal(judge(changed, "a", { now: 10, rejectLastMs: 0 }).kind, "dead");
  assert.equal(judge(book, "a", { now: 10, rejectLastMs: 0 }).kind, "live");
  assert.equal(changeToken(book, "b", { revokedAt: 10 }), book);
});

Deno.test("listLive() leaves out dead tokens, other owners and OAuth tokens", () => {
  const book = bookOf(
    createToken({ id: "live", expiresAt: null }),
    createToken({ id: "expired", expiresAt: 10 }),
    createToken({ id: "revoked", revokedAt: 5 }),
    createToken({ id: "other", owner: "you" }),
    createToken({ id: "oauth", kind: "oauth" }),
  );
  assert.deepEqual(listLive(book, { owner: "me", now: 10 }).map(({ id }) => id), ["live"]);
});

Deno.test("planExpiry() gives two years when no lifetime is asked for", () => {
  const request = { comment: "", lifetimeSeconds: null, owner: "me" };
  assert.equal(planExpiry(new Map(), request, LIMITS), 1000 + 2 * 365 * 24 * 3600 * 1000);
});

Deno.test("planExpiry() refuses a lifetime of 0 and one that is too short", () => {
  const plan = (lifetimeSeconds: number) => () =>
    planExpiry(new Map(), { comment: "", lifetimeSeconds, owner: "me" }, LIMITS);
  assert.deepEqual(refusalOf(plan(0)), {
    status: 400,
    error_code: "INVALID_PARAMETER_VALUE",
    message: "requirement failed: Invalid timeout: 0",
  });
  assert.deepEqual(refusalOf(plan(59)), {
    status: 400,
    error_code: "INVALID_PARAMETER_VALUE",
    message: "lifetime_seconds must be at least 60 seconds, but was 59",
  });
  assert.equal(plan(60)(), 61_000);
});

Deno.test("planExpiry() counts only the owner's live tokens against the quota", () => {
  const request = { comment: "", lifetimeSeconds: 60, owner: "me" };
  const one = bookOf(
    createToken({ id: "mine" }),
    createToken({ id: "dead", revokedAt: 1 }),
    createToken({ id: "yours", owner: "you" }),
  );
  assert.equal(planExpiry(one, request, LIMITS), 61_000);
  const two = addToken(one, createToken({ id: "mine-too" }), 0);
  assert.deepEqual(refusalOf(() => planExpiry(two, request, LIMITS)), {
    status: 400,
    error_code: "QUOTA_EXCEEDED",
    message: "The user has reached the limit of 2 tokens in this workspace.",
  });
});

Deno.test("addToken() forgets the oldest dead tokens beyond 1,000 and no live one", () => {
  let book = bookOf(createToken({ id: "live", expiresAt: null }));
  for (let number = 0; number < 1005; number++) {
    book = addToken(book, createToken({ id: `dead-${number}`, revokedAt: 1 }), 2);
  }
  assert.ok(book.has("live"));
  assert.ok(!book.has("dead-3"));
  assert.ok(book.has("dead-4"));
  assert.equal(book.size, 1 + 1000 + 1);
});

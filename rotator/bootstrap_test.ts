import assert from "node:assert/strict";
import { Secret, tokenIdOf } from "../workspace/credential.ts";
import { planBootstrap } from "./bootstrap.ts";

const DAY_MS = 86_400_000;
const secret = new Secret("dapi-given");
const tokenId = tokenIdOf(secret);
const info = {
  tokenId,
  comment: "mine",
  createdAt: 0,
  lastUsedAt: null,
  expiresAt: DAY_MS as number | null,
};

Deno.test("planBootstrap() revokes a pasted token to the day, and says why it leaves others", () => {
  const decide = (expiresAt: number | null, comment = "mine") =>
    planBootstrap(secret, { listed: [{ ...info, expiresAt, comment }], policy: "auto", now: 0 });
  assert.deepEqual(decide(DAY_MS), { action: "revoke", tokenId });
  assert.deepEqual(decide(DAY_MS + 1), {
    action: "leave",
    tokenId,
    reason: "it lives for more than 24 h, so other things may use it",
  });
  assert.equal(decide(null).action, "leave");
  assert.equal(decide(DAY_MS, "coda-auto-rotated:other").action, "leave");
});

Deno.test("planBootstrap() revokes nothing whose id is not listed", () => {
  for (const policy of ["auto", "always", "never"] as const) {
    const listed = [{ ...info, tokenId: "another" }];
    const fate = planBootstrap(secret, { listed, policy, now: 0 });
    assert.equal(fate.action, "leave");
    assert.equal(fate.tokenId, null);
  }
});

import assert from "node:assert/strict";
import { beginWatch, type Look, watchRotations } from "./rotation_watch.ts";
import type { TokenView } from "./world.ts";

function token(id: string, changes: Partial<TokenView> = {}): TokenView {
  return {
    id,
    owner: "demo@example.com",
    comment: "",
    kind: "pat",
    scopes: null,
    createdAt: 0,
    expiresAt: null,
    state: "live",
    ...changes,
  };
}

function look(changes: Partial<Look>): Look {
  return { at: 1_000, servingId: null, tokens: [], records: [], ...changes };
}

Deno.test("watchRotations() follows a rotation from the mint to the end of the old token", () => {
  const b = token("b", { createdAt: 900 });
  const start = beginWatch("a");
  const first = watchRotations(start, look({ servingId: "b", tokens: [token("a"), b] }));
  const begun = { number: 1, at: 900, oldId: "a", newId: "b" };
  assert.deepEqual(first.rotations, [{ ...begun, inUseAfterMs: null, isOldRevoked: false }]);

  const used = look({
    servingId: "b",
    tokens: [token("a"), b],
    records: [{ path: "/ai-gateway/x", tokenId: "b", at: 938 }],
  });
  const second = watchRotations(first, used);
  assert.deepEqual(second.rotations, [{ ...begun, inUseAfterMs: 38, isOldRevoked: false }]);

  const revoked = look({ servingId: "b", tokens: [token("a", { state: "revoked" }), b] });
  const third = watchRotations(second, revoked);
  assert.deepEqual(third.rotations, [{ ...begun, inUseAfterMs: 38, isOldRevoked: true }]);
  assert.equal(third.count, 1);
});

Deno.test("watchRotations() knows a use that came before the service told of the token", () => {
  const b = token("b", { createdAt: 900 });
  const records = [{ path: "/ai-gateway/x", tokenId: "b", at: 910 }];
  const early = watchRotations(beginWatch("a"), look({ tokens: [token("a"), b], records }));
  assert.deepEqual(early.rotations, []);
  const told = watchRotations(early, look({ servingId: "b", tokens: [token("a"), b] }));
  assert.equal(told.rotations[0]?.inUseAfterMs, 10);
});

Deno.test("watchRotations() does not take the trying of a new token for its use", () => {
  const records = [{ path: "/api/2.0/token/list", tokenId: "b", at: 910 }];
  const tokens = [token("b", { createdAt: 900 })];
  const watch = watchRotations(beginWatch("a"), look({ servingId: "b", tokens, records }));
  assert.equal(watch.rotations[0]?.inUseAfterMs, null);
});

Deno.test("watchRotations() keeps the last five, counts all, and forgets dead tokens' uses", () => {
  let watch = beginWatch("0");
  for (let number = 1; number <= 8; number++) {
    const [old, fresh] = [String(number - 1), String(number)];
    const tokens = [token(old, { state: "expired" }), token(fresh)];
    const records = [{ path: "/x", tokenId: fresh, at: 1_000 }];
    watch = watchRotations(watch, look({ servingId: fresh, tokens, records }));
  }
  assert.deepEqual(watch.rotations.map(({ number }) => number), [4, 5, 6, 7, 8]);
  assert.equal(watch.count, 8);
  assert.deepEqual([...watch.firstUses.keys()], ["8"]);
  assert(watch.rotations.every(({ isOldRevoked }) => !isOldRevoked), "expired is not revoked");
});

Deno.test("watchRotations() sees no rotation while the service says nothing", () => {
  const watch = watchRotations(beginWatch("a"), look({ tokens: [token("a"), token("b")] }));
  assert.deepEqual([watch.count, watch.servingId], [0, "a"]);
});

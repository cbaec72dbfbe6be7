/**
 * What becomes of a mint that fails: the old token serves, and another try follows within its
 * life.
 */

import assert from "node:assert/strict";
import type { FaultAction } from "../demo/workspace.ts";
import { COMMENT, RotationScene } from "./support/rotation_scene.ts";
import { answer, openServing } from "./support/serving_scene.ts";
import { until } from "./support/until.ts";

const HOUR_MS = 3_600_000;
const CREATE = "/api/2.0/token/create";

/** Half of it is the first pause, by the fixed chance that the scene gives. */
const FIRST_PAUSE_MS = { passing: 5_000, lasting: 15_000 } as const;

const MINT_FAILURES: readonly {
  what: string;
  action: FaultAction;
  words: RegExp;
  /** `lasting`: until a person has changed something. */
  nature?: keyof typeof FIRST_PAUSE_MS;
}[] = [
  { what: "the workspace fails", action: answer(500, { message: "oops" }), words: /500: oops/ },
  { what: "no answer comes", action: { kind: "reset" }, words: /Cannot create a token: / },
  {
    what: "PATs are switched off",
    action: answer(404, { error_code: "FEATURE_DISABLED", message: "Tokens are disabled" }),
    words: /FEATURE_DISABLED: Tokens are disabled.*ask a workspace admin/i,
    nature: "lasting",
  },
  {
    what: "this user may not",
    action: answer(403, { error_code: "PERMISSION_DENIED", message: "No." }),
    words: /PERMISSION_DENIED: No\. Ask a workspace admin/,
    nature: "lasting",
  },
  {
    what: "there are too many",
    action: answer(400, { error_code: "QUOTA_EXCEEDED", message: "600 tokens" }),
    words: /QUOTA_EXCEEDED: 600 tokens\. Revoke tokens.* Ask a workspace admin for room/,
    nature: "lasting",
  },
  { what: "a login page answers", action: { kind: "malformed" }, words: /a web page/ },
];

for (const { what, action, words, nature = "passing" } of MINT_FAILURES) {
  Deno.test(`mint: ${what}: the old token stays, and it is tried again`, async () => {
    const { scene, proxy, old } = await openServing();
    await using _ = scene;
    const before = await scene.profileToken();
    const fault = scene.workspace.fault({ match: { path: CREATE }, action });
    scene.random = 0.5;
    scene.advance(601_000);
    const failed = await until("it is told", () => proxy.chains.find((c) => c.failures === 1));
    assert.equal(failed.state, "retrying");
    assert.match(failed.lastFailure ?? "", words);
    assert.equal(failed.tokenId, old);
    const pauseMs = FIRST_PAUSE_MS[nature] / 2;
    const waitMs = (failed.nextAttemptAt ?? 0) - scene.now();
    assert(waitMs > pauseMs - 2_000 && waitMs <= pauseMs, `tries again in ${waitMs} ms`);
    assert.equal(await scene.profileToken(), before);
    scene.advance(pauseMs);
    await until("it fails again", () => proxy.chain?.failures === 2);
    // Where there is no room, it is tried once more at once, when orphans have been looked for.
    assert.equal(fault.hits(), what === "there are too many" ? 4 : 2);
    assert.equal(proxy.published.length, 1, "nothing else was published");
    fault.remove();
    scene.advance(2 * pauseMs);
    await until("it succeeds", () => proxy.chain?.state === "live" && proxy.published.length === 2);
    assert.equal(proxy.chain?.failures, 0);
    assert.equal(proxy.chain?.lastFailure, null);
    await until("the old one is revoked", () => scene.live("own").length === 1);
  });
}

Deno.test("mint: throttled: Retry-After is honoured, even if requests wait", async () => {
  const { scene, proxy } = await openServing();
  await using _ = scene;
  const action = answer(429, { message: "slow down" }, { "retry-after": "30" });
  const fault = scene.workspace.fault({ match: { path: CREATE }, action });
  scene.advance(601_000);
  const failed = await until("it is told", () => proxy.chains.find((c) => c.failures === 1));
  const waitMs = (failed.nextAttemptAt ?? 0) - scene.now();
  assert(waitMs > 25_000 && waitMs <= 30_000, `tries again in ${waitMs} ms`);
  // The token dies meanwhile, and requests ask for another.
  scene.advance(20_000);
  for (let asks = 0; asks < 5; asks++) {
    const told = proxy.chains.length;
    proxy.send({ type: "needed" });
    await until("the one who asks is told", () => proxy.chains.length > told);
  }
  assert.equal(fault.hits(), 1);
  fault.remove();
  scene.advance(10_000);
  await until("it succeeds", () => proxy.published.length === 2);
});

Deno.test("mint: requests do not bring a try forward while the old token serves", async () => {
  const { scene, proxy } = await openServing();
  await using _ = scene;
  scene.random = 0.999;
  const fault = scene.workspace.fault({ match: { path: CREATE }, action: answer(500, {}) });
  scene.advance(601_000);
  await until("it fails", () => proxy.chain?.failures === 1);
  scene.idle(1_500);
  const told = proxy.chains.length;
  proxy.send({ type: "needed" });
  await until("the one who asks is told", () => proxy.chains.length > told);
  assert.equal(fault.hits(), 1);
  scene.advance(170_000);
  await until("it fails on, and the token's time is over", () => proxy.chain?.failures === 2);
  scene.idle(100_000);
  proxy.send({ type: "needed" });
  await until("it is tried for them", () => fault.hits() === 3);
});

Deno.test("mint: once the old token has expired, it is tried at least each 10 s", async () => {
  const { scene, proxy } = await openServing();
  await using _ = scene;
  scene.random = 0.999;
  scene.workspace.fault({ match: { path: CREATE }, action: answer(503, {}) });
  scene.advance(601_000);
  for (let failures = 1; failures < 12; failures++) {
    await until("it fails", () => proxy.chain?.failures === failures);
    const { nextAttemptAt, expiresAt } = proxy.chain ?? {};
    const waitMs = (nextAttemptAt ?? 0) - scene.now();
    const isUsable = scene.now() < (expiresAt ?? 0) - 40_000;
    assert(waitMs <= (isUsable ? 260_000 / 8 : 10_000), `try ${failures + 1} in ${waitMs} ms`);
    scene.advance(Math.max(waitMs, 0) + 1);
  }
});

Deno.test("mint: a dead token makes way for another one at hand, at once", async () => {
  await using scene = await RotationScene.open();
  const own = scene.workspace.issue({ lifetimeMs: 900_000, comment: COMMENT });
  const spare = scene.workspace.issue({ lifetimeMs: HOUR_MS });
  await scene.writeProfile(own.value);
  scene.random = 0.999;
  const proxy = scene.proxy();
  await scene.start({ bootstrapToken: spare.value });
  await until("it serves", () => proxy.current?.tokenId === own.tokenId);
  scene.workspace.revoke(own.tokenId);
  const outcome = await proxy.rotate();
  assert(!outcome.ok);
  assert.match(outcome.message, /expired or revoked/);
  await until("the other one is replaced", () => scene.eventsOf("rotated").length === 1);
  assert.equal(scene.eventsOf("rotated")[0]?.oldId, spare.tokenId);
  assert.equal(await scene.profileToken(), proxy.current?.value);
  assert(!proxy.chains.some(({ state }) => state === "lost"), "nobody was told that all is lost");
});

Deno.test("a full disk before the first mint: nothing is minted under a name that may be lost", async () => {
  await using scene = await RotationScene.open();
  await scene.writeProfile(scene.workspace.issue({ lifetimeMs: HOUR_MS }).value);
  await Deno.mkdir(`${scene.journalFile}.tmp/full`, { recursive: true });
  const proxy = scene.proxy();
  await scene.start({ instanceName: null });
  await until("it is told", () => proxy.chain?.failures === 1);
  assert.equal(scene.workspace.stats().minted, 0);
  assert.equal(proxy.published.length, 1, "the given token serves meanwhile");
});

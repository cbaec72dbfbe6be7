/** The chain of credentials that expire by themselves: ahead of their expiry, in spite of clocks. */

import assert from "node:assert/strict";
import type { FakeProxy } from "./support/fake_proxy.ts";
import {
  CLIENT,
  INTERVAL_MS,
  LIFETIME_MS,
  SourceScene,
  untilState,
} from "./support/source_scene.ts";
import { until } from "./support/until.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const TOKEN_PATH = "/oidc/v1/token";

async function openOauth(): Promise<{ scene: SourceScene; proxy: FakeProxy }> {
  const scene = await SourceScene.open();
  const proxy = scene.proxy();
  scene.startOauth();
  await untilState(proxy, "live");
  return { scene, proxy };
}

/** A step of the chain has taken place that began after this call. */
async function aStep(proxy: FakeProxy): Promise<void> {
  const told = proxy.chains.length;
  proxy.send({ type: "needed" });
  await until("a step is over", () => proxy.chains.length > told);
}

Deno.test("an OAuth token is fetched, published and told", async () => {
  const { scene, proxy } = await openOauth();
  await using _ = scene;
  const { current, chain } = proxy;
  const [token] = scene.workspace.tokens();
  assert.equal(current?.tokenId, token?.id);
  assert.equal(current?.source, "oauth");
  assert.equal(token?.owner, CLIENT.clientId);
  assert(Math.abs((current?.expiresAt ?? 0) - scene.now() - LIFETIME_MS) < MINUTE_MS);
  const { generation, source, tokenId, failures, lastFailure, rotations } = chain ?? {};
  assert.deepEqual(
    { generation, source, tokenId, failures, lastFailure, rotations },
    {
      generation: 1,
      source: "oauth",
      tokenId: token?.id,
      failures: 0,
      lastFailure: null,
      rotations: 0,
    },
  );
  assert.equal(chain?.nextAttemptAt, (current?.expiresAt ?? 0) - 20 * MINUTE_MS);
});

Deno.test("numbers go on from where an earlier rotator was", async () => {
  await using scene = await SourceScene.open();
  const proxy = scene.proxy();
  scene.startOauth({ lastNumber: 41 });
  await until("it serves", () => proxy.current !== null);
  assert.equal(proxy.current?.number, 42);
});

Deno.test("a token is replaced 20 min ahead of its expiry, not before, and nothing is revoked", async () => {
  const { scene, proxy } = await openOauth();
  await using _ = scene;
  scene.advance(LIFETIME_MS - 21 * MINUTE_MS);
  await aStep(proxy);
  assert.equal(scene.asked(TOKEN_PATH), 1);
  scene.advance(MINUTE_MS);
  await until("it is replaced", () => proxy.current?.number === 2);
  await until("it is told", () => proxy.chain?.rotations === 1);
  assert.equal(proxy.chain?.tokenId, proxy.current?.tokenId);
  assert(scene.workspace.tokens().every(({ state }) => state === "live"));
  const [first, second] = scene.eventsOf("refreshed");
  assert.equal(first?.oldId, null);
  assert.equal(second?.oldId, first?.newId);
  assert.equal(second?.newId, proxy.current?.tokenId);
});

for (const [what, ms] of [["forward", 5 * HOUR_MS], ["back", -5 * HOUR_MS]] as const) {
  Deno.test(`a clock that is set ${what} by hours leads to another token at once, and to one only`, async () => {
    const { scene, proxy } = await openOauth();
    await using _ = scene;
    scene.setClock(ms);
    await until("it is replaced", () => proxy.current?.number === 2);
    assert(Math.abs((proxy.current?.expiresAt ?? 0) - scene.now() - LIFETIME_MS) < MINUTE_MS);
    await aStep(proxy);
    assert.equal(scene.asked(TOKEN_PATH), 2);
    assert.equal(proxy.chain?.state, "live");
  });
}

Deno.test("a machine that slept past the expiry fetches before it says anything", async () => {
  const { scene, proxy } = await openOauth();
  await using _ = scene;
  const told = proxy.chains.length;
  scene.advance(3 * HOUR_MS);
  await until("it is replaced", () => proxy.current?.number === 2);
  await until("it is told", () => proxy.chain?.generation === 2);
  assert(proxy.chains.slice(told).every(({ state }) => state === "live"));
});

Deno.test("while the endpoint fails, the token at hand serves, and tries follow each other", async () => {
  const { scene, proxy } = await openOauth();
  await using _ = scene;
  scene.random = 0.5;
  const fault = scene.workspace.fault({
    match: { path: TOKEN_PATH },
    action: { kind: "status", status: 503 },
  });
  scene.advance(LIFETIME_MS - 20 * MINUTE_MS);
  await until("it fails", () => proxy.chain?.failures === 1);
  assert.equal(proxy.chain?.state, "retrying");
  assert.equal(proxy.chain?.generation, 1);
  assert.match(proxy.chain?.lastFailure ?? "", /^Cannot fetch an OAuth token: .* answered 503/);
  assert((proxy.chain?.triesLeft ?? 0) >= 7);
  for (let failures = 2; failures <= 4; failures++) {
    scene.advance(MINUTE_MS);
    await until("it fails again", () => proxy.chain?.failures === failures);
  }
  fault.remove();
  scene.advance(MINUTE_MS);
  await untilState(proxy, "live");
  assert.equal(proxy.current?.number, 2);
  assert.equal(proxy.chain?.lastFailure, null);
});

Deno.test("a client that is refused is tried again for ever, and taken when it is let in", async () => {
  await using scene = await SourceScene.open();
  scene.clients.length = 0;
  const proxy = scene.proxy();
  scene.startOauth();
  for (let failures = 1; failures <= 12; failures++) {
    await until("it is refused", () => proxy.chain?.failures === failures);
    assert.equal(proxy.chain?.state, "retrying");
    scene.advance(10_000);
  }
  assert.match(
    proxy.chain?.lastFailure ?? "",
    /answered 401 invalid_client: Client authentication failed\. Check DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET\./,
  );
  scene.clients.push(CLIENT);
  scene.advance(10_000);
  await untilState(proxy, "live");
  for (const { error } of scene.eventsOf("refresh-failed")) {
    assert(!String(error).includes(CLIENT.clientSecret));
  }
});

Deno.test("who waits is told the failure of a try that is over, and not one before", async () => {
  await using scene = await SourceScene.open();
  scene.random = 0.999;
  scene.clients.length = 0;
  const proxy = scene.proxy();
  scene.startOauth();
  await until("it is refused", () => proxy.chain?.failures === 1);
  const told = proxy.chains.length;
  scene.workspace.fault({ match: { path: TOKEN_PATH }, action: { kind: "delay", ms: 100 } });
  scene.advance(1_500);
  proxy.send({ type: "needed" });
  await until("it is told", () => proxy.chains.length > told);
  assert.equal(proxy.chains[told]?.failures, 2);
});

Deno.test("rotate gives another token and both ids, or says why not", async () => {
  const { scene, proxy } = await openOauth();
  await using _ = scene;
  const oldId = proxy.current?.tokenId ?? null;
  const outcome = await proxy.rotate();
  assert.deepEqual(outcome, { ok: true, oldId, newId: proxy.current?.tokenId });
  assert.notEqual(proxy.current?.tokenId, oldId);
  scene.clients.length = 0;
  const refused = await proxy.rotate();
  assert(!refused.ok);
  assert.match(refused.message, /invalid_client/);
});

Deno.test("a token of unknown expiry is fetched anew after the interval", async () => {
  await using scene = await SourceScene.open();
  const proxy = scene.proxy();
  const [first, second] = [1, 2].map(() => scene.workspace.issue({ lifetimeMs: HOUR_MS }).value);
  await scene.startCommand(`${first}\n`);
  await untilState(proxy, "live");
  assert.equal(proxy.current?.value, first);
  assert.equal(proxy.current?.expiresAt, null);
  assert.equal(proxy.chain?.source, "command");
  await scene.print(`${second}\n`);
  scene.advance(INTERVAL_MS - MINUTE_MS);
  await aStep(proxy);
  assert.equal(await scene.runs(), 1);
  scene.advance(MINUTE_MS);
  await until("it is replaced", () => proxy.current?.value === second);
});

Deno.test("a command that prints its cached token is asked again, ever closer to the expiry", async () => {
  await using scene = await SourceScene.open();
  const proxy = scene.proxy();
  const { value } = scene.workspace.issue({ lifetimeMs: HOUR_MS });
  const expiry = new Date(scene.now() + HOUR_MS).toISOString();
  await scene.startCommand(JSON.stringify({ access_token: value, expiry }));
  await untilState(proxy, "live");
  const dueAt = () => proxy.chain?.nextAttemptAt ?? 0;
  for (const [index, seconds] of [600, 300, 150, 75].entries()) {
    scene.advance(dueAt() - scene.now());
    await until("it is asked again", () => proxy.chain?.generation === index + 2);
    assert.equal(proxy.current?.value, value);
    assert(Math.abs((dueAt() - scene.now()) / 1_000 - seconds) < 5, `${seconds} s`);
  }
  assert.equal(proxy.chain?.rotations, 0, "it is the same all the time");
  assert.equal(scene.eventsOf("refreshed").length, 1);
});

Deno.test("rotate says so when the command prints the same token again", async () => {
  await using scene = await SourceScene.open();
  const proxy = scene.proxy();
  await scene.startCommand(scene.workspace.issue({ lifetimeMs: HOUR_MS }).value);
  await untilState(proxy, "live");
  const outcome = await proxy.rotate();
  assert(!outcome.ok);
  assert.match(outcome.message, /^CREDENTIAL_COMMAND printed the same token as before/);
});

Deno.test("a token that has expired before it comes never serves", async () => {
  await using scene = await SourceScene.open();
  const proxy = scene.proxy();
  const { value } = scene.workspace.issue({ lifetimeMs: HOUR_MS });
  const expiry = new Date(scene.now() - MINUTE_MS).toISOString();
  await scene.startCommand(JSON.stringify({ access_token: value, expiry }));
  await until("it fails", () => proxy.chain?.failures === 1);
  assert.match(proxy.chain?.lastFailure ?? "", /printed a token that has expired already/);
  assert.equal(proxy.current, null);
});

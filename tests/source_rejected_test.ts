/**
 * A credential of a source that the workspace called dead: another one at once, if there is one;
 * and no haste where an endpoint means something else by its 401.
 */

import assert from "node:assert/strict";
import type { FakeProxy } from "./support/fake_proxy.ts";
import { SourceScene, untilState } from "./support/source_scene.ts";
import { until } from "./support/until.ts";
import { within } from "../support/within.ts";

/** Far less than what a fetch may take, and enough for a busy machine. */
const STOP_LIMIT_MS = 5_000;
const HOUR_MS = 3_600_000;
const TOKEN_PATH = "/oidc/v1/token";
const ME_PATH = "/api/2.0/preview/scim/v2/Me";

function reject(proxy: FakeProxy): void {
  proxy.send({ type: "rejected", number: proxy.current?.number ?? 0 });
}

async function openOauth(): Promise<{ scene: SourceScene; proxy: FakeProxy }> {
  const scene = await SourceScene.open();
  const proxy = scene.proxy();
  scene.startOauth();
  await untilState(proxy, "live");
  return { scene, proxy };
}

/** A scene whose command prints a live token. */
async function openCommand(): Promise<
  { scene: SourceScene; proxy: FakeProxy; token: { value: string; tokenId: string } }
> {
  const scene = await SourceScene.open();
  const proxy = scene.proxy();
  const token = scene.workspace.issue({ lifetimeMs: HOUR_MS });
  await scene.startCommand(token.value);
  await untilState(proxy, "live");
  return { scene, proxy, token };
}

Deno.test("a token that was revoked is replaced at once, without a question", async () => {
  const { scene, proxy } = await openOauth();
  await using _ = scene;
  scene.advance(60_000);
  scene.workspace.revoke(proxy.current?.tokenId ?? "");
  reject(proxy);
  await until("it is replaced", () => proxy.current?.number === 2);
  assert.notEqual(proxy.current?.value, proxy.published[0]?.value);
  assert.equal(scene.asked(ME_PATH), 0);
  await until("it is told", () => proxy.chain?.rotations === 1);
});

Deno.test("a token that died young is replaced at once, but not one after the other", async () => {
  const { scene, proxy } = await openOauth();
  await using _ = scene;
  scene.random = 0.5;
  const revoke = () => {
    scene.workspace.revoke(proxy.current?.tokenId ?? "");
    reject(proxy);
  };
  revoke();
  await until("it is replaced", () => proxy.current?.number === 2);
  revoke();
  await untilState(proxy, "retrying");
  assert.match(proxy.chain?.lastFailure ?? "", /refuses the OAuth token that it gave a moment ago/);
  assert.equal(scene.asked(TOKEN_PATH), 2);
  scene.advance(2_500);
  await until("it is replaced", () => proxy.current?.number === 3);
});

Deno.test("a late word on an old generation changes nothing", async () => {
  const { scene, proxy } = await openOauth();
  await using _ = scene;
  scene.advance(60_000);
  reject(proxy);
  await until("it is replaced", () => proxy.current?.number === 2);
  scene.advance(60_000);
  proxy.send({ type: "rejected", number: 1 });
  const told = proxy.chains.length;
  proxy.send({ type: "needed" });
  await until("a step is over", () => proxy.chains.length > told);
  assert.equal(proxy.published.length, 2);
});

Deno.test("an endpoint that says 401 all the time costs one token and one question in 2 s", async () => {
  const { scene, proxy } = await openOauth();
  await using _ = scene;
  for (let second = 0; second < 5; second++) {
    scene.advance(2_000);
    for (let call = 0; call < 10; call++) {
      const { number } = proxy.current ?? { number: 0 };
      reject(proxy);
      await until("it serves on", () => (proxy.current?.number ?? 0) > number);
    }
  }
  assert.equal(proxy.published.length, 51);
  assert.equal(scene.asked(TOKEN_PATH), 1 + 5);
  assert.equal(scene.asked(ME_PATH), 5);
  assert.equal(proxy.chain?.state, "live");
});

Deno.test("a token that the command keeps printing serves on if it lives", async () => {
  const { scene, proxy, token } = await openCommand();
  await using _ = scene;
  for (let round = 1; round <= 3; round++) {
    scene.advance(2_000);
    reject(proxy);
    await until("it serves on", () => proxy.current?.number === 1 + round);
    assert.equal(proxy.current?.value, token.value);
    assert.equal(await scene.runs(), 1 + round);
    assert.equal(scene.asked(ME_PATH), round);
  }
  // And no sooner than that, however often it is refused.
  for (let call = 1; call <= 10; call++) {
    reject(proxy);
    await until("it serves on", () => proxy.current?.number === 4 + call);
  }
  assert.equal(await scene.runs(), 4);
  assert.equal(scene.asked(ME_PATH), 3);
});

Deno.test("a dead token that the command keeps printing never comes back; another one does", async () => {
  const { scene, proxy, token } = await openCommand();
  await using _ = scene;
  scene.advance(60_000);
  scene.workspace.revoke(token.tokenId);
  reject(proxy);
  await untilState(proxy, "retrying");
  assert.match(
    proxy.chain?.lastFailure ?? "",
    /printed a token that the workspace refuses as dead/,
  );
  assert.equal(proxy.chain?.generation, null);
  assert.equal(scene.eventsOf("token-dead")[0]?.tokenId, token.tokenId);
  for (let failures = 2; failures <= 4; failures++) {
    scene.advance(10_000);
    await until("it is tried again", () => proxy.chain?.failures === failures);
  }
  assert.equal(proxy.published.length, 1);
  const next = scene.workspace.issue({ lifetimeMs: HOUR_MS });
  await scene.print(next.value);
  scene.advance(10_000);
  await untilState(proxy, "live");
  assert.equal(proxy.current?.value, next.value);
  assert.equal(proxy.chain?.rotations, 1);
});

Deno.test("who is told to wait by a dead token does not make the command run more often", async () => {
  const { scene, proxy, token } = await openCommand();
  await using _ = scene;
  scene.advance(60_000);
  scene.workspace.revoke(token.tokenId);
  reject(proxy);
  await untilState(proxy, "retrying");
  const runs = await scene.runs();
  for (let call = 0; call < 20; call++) {
    const told = proxy.chains.length;
    proxy.send({ type: "needed" });
    await until("it is told", () => proxy.chains.length > told);
  }
  assert.equal(await scene.runs(), runs);
});

Deno.test("where the workspace says nothing, a rejected token serves again once in 5 s", async () => {
  const { scene, proxy } = await openCommand();
  await using _ = scene;
  scene.workspace.fault({ match: { path: ME_PATH }, action: { kind: "status", status: 503 } });
  scene.advance(60_000);
  reject(proxy);
  await until("it serves on", () => proxy.current?.number === 2);
  reject(proxy);
  scene.advance(2_500);
  await until("it is asked about again", () => scene.asked(ME_PATH) === 2);
  assert.equal(proxy.published.length, 2);
  scene.advance(2_500);
  await until("it serves on", () => proxy.current?.number === 3);
});

Deno.test("a fetch that hangs does not keep a live token from serving on", async () => {
  const { scene, proxy } = await openOauth();
  await using _ = scene;
  const fault = scene.workspace.fault({ match: { path: TOKEN_PATH }, action: { kind: "hang" } });
  scene.advance(60_000);
  reject(proxy);
  await until("it is fetched", () => fault.hits() === 1);
  scene.advance(2_000);
  await until("it serves on", () => proxy.current?.number === 2);
  assert.equal(proxy.current?.value, proxy.published[0]?.value);
  assert.deepEqual(scene.eventsOf("refresh-failed"), [], "it still hangs");
  assert.notEqual(await within(scene.stop(), STOP_LIMIT_MS), "late");
});

Deno.test("a command that hangs is killed when the service stops", async () => {
  await using scene = await SourceScene.open();
  const proxy = scene.proxy();
  await scene.startCommand("t");
  await until("it serves", () => proxy.current !== null);
  // The script reads a pipe that nobody ever writes to.
  await Deno.remove(`${scene.folder}/output`);
  await new Deno.Command("mkfifo", { args: [`${scene.folder}/output`] }).output();
  proxy.rotate();
  await until("it runs", async () => await scene.runs() === 2);
  assert.notEqual(await within(scene.stop(), STOP_LIMIT_MS), "late");
});

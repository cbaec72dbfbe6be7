/**
 * What is left after each later step of a rotation that fails: the old token serves, and the new
 * one is gone, or known to the journal until it is.
 */

import assert from "node:assert/strict";
import { COMMENT, RotationScene } from "./support/rotation_scene.ts";
import { answer, aStep, openServing } from "./support/serving_scene.ts";
import { until } from "./support/until.ts";

const HOUR_MS = 3_600_000;
const LIST = "/api/2.0/token/list";
const CREATE = "/api/2.0/token/create";
const DELETE = "/api/2.0/token/delete";

Deno.test("verify: a new token that does not work is revoked; the old one stays", async () => {
  const { scene, proxy, old } = await openServing();
  await using _ = scene;
  const before = await scene.profileToken();
  const body = { "error_code": 403, message: "Invalid access token." };
  const fault = scene.workspace.fault({ match: { path: LIST }, action: answer(403, body) });
  const outcome = await proxy.rotate();
  assert(!outcome.ok);
  assert.match(outcome.message, /The new token does not work: .*Invalid access token/);
  assert.equal(fault.hits(), 5, "a few tries, since the workspace may need a moment");
  assert.equal(scene.workspace.stats().minted, 1);
  assert.deepEqual(scene.live("own"), [old]);
  assert.equal(await scene.profileToken(), before);
  assert.deepEqual(await scene.journalled(), [old]);
  fault.remove();
  assert((await proxy.rotate()).ok);
});

Deno.test("persist: a profile that cannot be written leaves the old token in use", async () => {
  const { scene, proxy, old } = await openServing();
  await using _ = scene;
  const before = await scene.profileToken();
  // A folder with something in it cannot be removed as a leftover.
  await Deno.mkdir(`${scene.profileFile}.tmp/full`, { recursive: true });
  const outcome = await proxy.rotate();
  assert(!outcome.ok);
  assert.match(outcome.message, /Cannot write the new token into .*databrickscfg/);
  assert.deepEqual(scene.live("own"), [old]);
  assert.equal(await scene.profileToken(), before);
  assert.equal(proxy.chain?.state, "retrying");
  await Deno.remove(`${scene.profileFile}.tmp`, { recursive: true });
  scene.advance(601_000);
  await until("it succeeds", () => proxy.chain?.state === "live" && proxy.published.length === 2);
});

Deno.test("persist: a change elsewhere in the profile is kept", async () => {
  const { scene, proxy } = await openServing();
  await using _ = scene;
  scene.workspace.fault({ match: { path: CREATE }, times: 1, action: { kind: "delay", ms: 300 } });
  const rotation = proxy.rotate();
  await until("it mints", () => scene.asked(CREATE) === 1);
  const text = await Deno.readTextFile(scene.profileFile);
  await Deno.writeTextFile(scene.profileFile, `${text}\n[dev]\nhost = https://dev\n`);
  assert((await rotation).ok);
  assert.match(
    await Deno.readTextFile(scene.profileFile),
    /^; mine\n[^]*\n\[dev\]\nhost = https:\/\/dev\n$/,
  );
});

Deno.test("persist: a token that somebody wrote meanwhile is taken up, not overwritten", async () => {
  const { scene, proxy, old } = await openServing();
  await using _ = scene;
  const theirs = scene.workspace.issue({ lifetimeMs: null, comment: "login" });
  scene.random = 0.999;
  scene.workspace.fault({ match: { path: CREATE }, times: 1, action: { kind: "delay", ms: 300 } });
  const rotation = proxy.rotate();
  await until("it mints", () => scene.asked(CREATE) === 1);
  await scene.writeProfile(theirs.value);
  const outcome = await rotation;
  assert(!outcome.ok);
  assert.match(outcome.message, /was given another token meanwhile; that one is taken up/);
  await until("it is taken up", () => proxy.published.some(({ value }) => value === theirs.value));
  await until("it is replaced", () => scene.eventsOf("rotated").length === 1);
  assert.equal(scene.eventsOf("rotated")[0]?.oldId, theirs.tokenId);
  const worried = proxy.chains.filter(({ tokenId }) => tokenId === theirs.tokenId);
  assert.deepEqual(worried, [], "what failed before it came is no reason to wait with it");
  await until("the old and the unseen one are revoked", () => scene.live("own").length === 1);
  assert(!scene.live("own").includes(old));
  assert.deepEqual(scene.live("other"), [theirs.tokenId], "not pasted for this, so left");
});

Deno.test("a token that was just written is not overwritten before it could be tried", async () => {
  const { scene, proxy } = await openServing();
  await using _ = scene;
  const theirs = scene.workspace.issue({ lifetimeMs: HOUR_MS });
  const fault = scene.workspace.fault({ match: { path: LIST }, action: { kind: "reset" } });
  await scene.writeProfile(theirs.value);
  scene.advance(601_000);
  await until("it cannot be tried", () => scene.eventsOf("credential-failed").length > 0);
  await until("nor replaced", () => scene.eventsOf("rotation-failed").length > 0);
  assert.match(String(scene.eventsOf("rotation-failed")[0]?.error), /could not be tried yet/);
  assert.equal(scene.workspace.stats().minted, 0);
  assert.equal(await scene.profileToken(), theirs.value);
  fault.remove();
  scene.advance(10_000);
  await until("it is taken up", () => scene.eventsOf("rotated")[0]?.oldId === theirs.tokenId);
  assert.equal(await scene.profileToken(), proxy.current?.value);
});

Deno.test("a dead token in the profile is asked about once, and replaced in its turn", async () => {
  const { scene, proxy, old } = await openServing();
  await using _ = scene;
  const asked = scene.asked(LIST);
  await scene.writeProfile("dapi-mistyped");
  await until("it is found dead", () => scene.eventsOf("profile-token-dead").length === 1);
  // Each answer is one more step that has seen the profile.
  for (let steps = 0; steps < 5; steps++) {
    const told = proxy.chains.length;
    proxy.send({ type: "needed" });
    await until("a step is over", () => proxy.chains.length > told);
  }
  assert.equal(scene.asked(LIST), asked + 1);
  assert.equal(proxy.current?.tokenId, old, "the better one serves on");
  assert((await proxy.rotate()).ok);
  assert.equal(await scene.profileToken(), proxy.current?.value);
});

Deno.test("a dead token in the profile is replaced after a moment, since the next start would have nothing else", async () => {
  const { scene, proxy } = await openServing();
  await using _ = scene;
  await scene.writeProfile("dapi-mistyped");
  await until("it is found dead", () => scene.eventsOf("profile-token-dead").length === 1);
  await aStep(proxy);
  assert.equal(await scene.profileToken(), "dapi-mistyped", "it may have been half written");
  scene.advance(2_000);
  await until("it is replaced", () => scene.eventsOf("rotated").length === 1);
  assert.equal(await scene.profileToken(), proxy.current?.value);
  // What does not serve is no reason to write the file again and again.
  await aStep(proxy);
  assert.equal(scene.workspace.stats().minted, 1);
});

Deno.test("a dead token in the profile is not taken for a scoped one where nobody may list", async () => {
  const { scene, proxy, old } = await openServing();
  await using _ = scene;
  const action = answer(403, { "error_code": "PERMISSION_DENIED", message: "No." });
  scene.workspace.fault({ match: { path: LIST }, action });
  await scene.writeProfile("dapi-mistyped");
  await until("it is found dead", () => scene.eventsOf("profile-token-dead").length === 1);
  assert.equal(proxy.current?.tokenId, old);
});

Deno.test("a dead token in the profile does not bring the environment's into use", async () => {
  await using scene = await RotationScene.open();
  const own = scene.workspace.issue({ lifetimeMs: 900_000, comment: COMMENT });
  await scene.writeProfile(own.value);
  const spare = scene.workspace.issue({ lifetimeMs: HOUR_MS });
  const proxy = scene.proxy();
  await scene.start({ bootstrapToken: spare.value });
  await until("it serves", () => proxy.chain?.state === "live");
  await scene.writeProfile("dapi-mistyped");
  scene.touch();
  await until("it is found dead", () => scene.eventsOf("profile-token-dead").length === 1);
  assert((await proxy.rotate()).ok);
  assert.equal(scene.eventsOf("rotated")[0]?.oldId, own.tokenId);
});

Deno.test("a profile that cannot be read does not stop the service, and nothing is minted", async () => {
  const { scene, proxy, old } = await openServing();
  await using _ = scene;
  const text = await Deno.readTextFile(scene.profileFile);
  await Deno.writeTextFile(scene.profileFile, `${text}\n${text}`);
  scene.advance(601_000);
  const failed = await until("it is told", () => proxy.chains.find((c) => c.failures === 1));
  assert.match(failed.lastFailure ?? "", /DEFAULT.*databrickscfg/);
  assert.equal(failed.tokenId, old);
  assert.equal(scene.workspace.stats().minted, 0);
  // A refused token is asked about all the same.
  proxy.send({ type: "rejected", number: proxy.current?.number ?? 0 });
  await until("it serves on", () => proxy.published.length === 2);
  assert.equal(scene.eventsOf("rotation-failed").length, 1, "told once for each try");
  await Deno.writeTextFile(scene.profileFile, text);
  scene.advance(5_000);
  await until("it succeeds", () => scene.eventsOf("rotated").length === 1);
});

Deno.test("a profile that is gone is written anew by the next rotation", async () => {
  const { scene, proxy } = await openServing();
  await using _ = scene;
  await Deno.remove(scene.profileFile);
  assert((await proxy.rotate()).ok);
  assert.equal(await scene.profileToken(), proxy.current?.value);
});

Deno.test("record: a journal that cannot be written leaves no token that it does not know", async () => {
  const { scene, proxy, old } = await openServing();
  await using _ = scene;
  assert((await proxy.rotate()).ok);
  await until("the first is revoked", () => scene.live("own").length === 1);
  await until("and forgotten", async () => (await scene.journalled()).length === 1);
  const before = await scene.profileToken();
  await Deno.mkdir(`${scene.journalFile}.tmp/full`, { recursive: true });
  assert(!(await proxy.rotate()).ok);
  assert.equal(scene.live("own").length, 1);
  assert(!scene.live("own").includes(old));
  assert.equal(await scene.profileToken(), before);
  await Deno.remove(`${scene.journalFile}.tmp`, { recursive: true });
  assert((await proxy.rotate()).ok);
  await until("one is left", () => scene.live("own").length === 1);
});

Deno.test("revoke: a journal that cannot be written keeps the id, and the next sweep strikes it", async () => {
  const { scene, proxy } = await openServing();
  await using _ = scene;
  assert((await proxy.rotate()).ok);
  await until("it is forgotten", async () => (await scene.journalled()).length === 1);
  const end = proxy.startRequest();
  assert((await proxy.rotate()).ok);
  await Deno.mkdir(`${scene.journalFile}.tmp/full`, { recursive: true });
  end();
  await until("it is revoked", () => scene.live("own").length === 1);
  await until("that is not noted", () => scene.eventsOf("journal-failed").length === 1);
  await Deno.remove(`${scene.journalFile}.tmp`, { recursive: true });
  assert.equal((await scene.journalled()).length, 2);
  assert((await proxy.rotate()).ok);
  await until("only the serving one is known", async () => (await scene.journalled()).length === 1);
  assert.deepEqual(await scene.journalled(), [proxy.current?.tokenId]);
});

Deno.test("revoke: what fails is tried again, and the journal keeps the id meanwhile", async () => {
  const { scene, proxy } = await openServing();
  await using _ = scene;
  assert((await proxy.rotate()).ok);
  await until("it is forgotten", async () => (await scene.journalled()).length === 1);
  const second = proxy.current?.tokenId ?? "";
  scene.workspace.fault({ match: { path: DELETE }, times: 2, action: answer(500, {}) });
  assert((await proxy.rotate()).ok);
  await until("it fails", () => scene.eventsOf("revoke-failed").length === 1);
  assert((await scene.journalled()).includes(second));
  assert(scene.live("own").includes(second));
  assert((await proxy.rotate()).ok, "the next rotation does not wait for it");
  await until("it succeeds", () => scene.live("own").length === 1);
  await until("it is forgotten", async () => (await scene.journalled()).length === 1);
  assert.deepEqual(await scene.journalled(), [proxy.current?.tokenId]);
});

Deno.test("discard: a new token that cannot be revoked is swept after the next rotation", async () => {
  const { scene, proxy } = await openServing();
  await using _ = scene;
  await Deno.mkdir(`${scene.profileFile}.tmp/full`, { recursive: true });
  scene.workspace.fault({ match: { path: DELETE }, times: 1, action: answer(500, {}) });
  assert(!(await proxy.rotate()).ok);
  assert.equal(scene.live("own").length, 2);
  assert.equal((await scene.journalled()).length, 2);
  await Deno.remove(`${scene.profileFile}.tmp`, { recursive: true });
  assert((await proxy.rotate()).ok);
  await until("one is left", () => scene.live("own").length === 1);
  assert.equal(scene.eventsOf("swept").length, 1);
});

Deno.test("at the start an unreachable workspace is tried again, and requests bring that forward", async () => {
  await using scene = await RotationScene.open();
  await scene.writeProfile(scene.workspace.issue({ lifetimeMs: HOUR_MS }).value);
  const fault = scene.workspace.fault({ match: { path: LIST }, action: { kind: "reset" } });
  scene.random = 0.999;
  const proxy = scene.proxy();
  await scene.start();
  await until("it fails", () => proxy.chain?.failures === 1);
  assert.equal(proxy.chain?.state, "retrying");
  fault.remove();
  // Somebody asks; not before a second has passed.
  await until("it succeeds", () => {
    proxy.send({ type: "needed" });
    return proxy.published.length > 0;
  });
});

Deno.test("failures are told in words, never with a token", async () => {
  const { scene, proxy } = await openServing();
  await using _ = scene;
  const value = await scene.profileToken() ?? "";
  scene.workspace.fault({
    match: { path: CREATE },
    action: answer(400, { message: `bad ${value}` }),
  });
  const outcome = await proxy.rotate();
  assert(!outcome.ok);
  const told = JSON.stringify([outcome, scene.events, proxy.chains]);
  assert(!told.includes(value));
  assert.match(told, /bad \[redacted\]/);
});

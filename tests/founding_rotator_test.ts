/**
 * What the tests of the system before this one (tests/test_pat_rotator.py) asked of a rotation, of
 * its schedule and of what it tells, each by its name, with what it asserts here. Those that this
 * design makes meaningless are listed in ARCHITECTURE.md.
 */

import assert from "node:assert/strict";
import type { FaultAction } from "../demo/workspace.ts";
import { within } from "../support/within.ts";
import { COMMENT, RotationScene } from "./support/rotation_scene.ts";
import { secretsSeenBy } from "./support/serve_process.ts";
import { answer, aStep, openServing, tokenCalls } from "./support/serving_scene.ts";
import { until } from "./support/until.ts";

const HOUR_MS = 3_600_000;
const LIST = "/api/2.0/token/list";
const CREATE = "/api/2.0/token/create";
const DELETE = "/api/2.0/token/delete";

Deno.test("founding: test_mint_new_and_revoke_old, test_rotate_uses_instance_comment: one create with our comment, and one delete of the old id with the new token", async () => {
  const { scene, proxy, old } = await openServing();
  await using _ = scene;
  const outcome = await proxy.rotate();
  const next = proxy.current?.tokenId ?? null;
  assert.deepEqual(outcome, { ok: true, oldId: old, newId: next });
  assert.equal(await scene.profileToken(), proxy.current?.value);
  await until("the old one is revoked", () => scene.eventsOf("revoked").length === 1);
  assert.deepEqual(tokenCalls(scene), [
    { call: "create", by: old, body: { lifetime_seconds: 900, comment: COMMENT } },
    { call: "delete", by: next, body: { token_id: old } },
  ]);
  assert.deepEqual(scene.live("own"), [next]);
});

async function assertStaysInUse(action: FaultAction): Promise<void> {
  const { scene, proxy, old } = await openServing();
  await using _ = scene;
  const before = await Deno.readTextFile(scene.profileFile);
  scene.workspace.fault({ match: { path: CREATE }, action });
  assert(!(await proxy.rotate()).ok);
  assert.equal(proxy.current?.tokenId, old);
  assert.equal(await Deno.readTextFile(scene.profileFile), before);
  assert.deepEqual(scene.live("own"), [old]);
  assert.deepEqual(tokenCalls(scene).map(({ call }) => call), ["create"]);
}

Deno.test("founding: test_create_failure_returns_false: who asked is told, and the old token stays in use and on disk", () =>
  assertStaysInUse(answer(403, { error_code: "PERMISSION_DENIED", message: "No." })));

Deno.test("founding: test_create_request_exception_returns_false: so it does where no answer comes", () =>
  assertStaysInUse({ kind: "reset" }));

Deno.test("founding: test_continues_if_revoke_fails: the new token serves, and the old one is revoked as soon as it can be", async () => {
  const { scene, proxy, old } = await openServing();
  await using _ = scene;
  const fault = scene.workspace.fault({ match: { path: DELETE }, action: answer(500, {}) });
  const outcome = await proxy.rotate();
  assert.deepEqual(outcome, { ok: true, oldId: old, newId: proxy.current?.tokenId });
  assert.notEqual(proxy.current?.tokenId, old);
  assert.equal(await scene.profileToken(), proxy.current?.value);
  await until("it fails", () => fault.hits() > 0);
  assert(scene.live("own").includes(old));
  fault.remove();
  await until("it is revoked", () => !scene.live("own").includes(old));
});

/** A given token whose id nobody has proved is replaced. */
async function rotateForTheFirstTime(check: (scene: RotationScene) => void): Promise<void> {
  await using scene = await RotationScene.open({ config: { bootstrapRevoke: "always" } });
  const given = scene.workspace.issue({ lifetimeMs: HOUR_MS });
  await scene.writeProfile(given.value);
  scene.workspace.fault({ match: { path: LIST }, action: answer(200, {}) });
  const proxy = scene.proxy();
  await scene.start();
  await until("it is replaced", () => scene.eventsOf("rotated").length === 1);
  assert.equal(await scene.profileToken(), proxy.current?.value);
  // The second rotation comes after all that the first one leaves to do.
  assert((await proxy.rotate()).ok);
  await until("the first own one is revoked", () => scene.eventsOf("revoked").length === 1);
  assert.deepEqual(scene.live("other"), [given.tokenId]);
  check(scene);
}

Deno.test("founding: test_first_rotation_no_old_token: a token without a proved id is replaced by one create, and never deleted", () =>
  rotateForTheFirstTime((scene) => {
    const [first, ...others] = tokenCalls(scene).map(({ call, body }) => [call, body.token_id]);
    assert.deepEqual(first, ["create", undefined]);
    const own = scene.eventsOf("rotated")[0]?.newId;
    assert.deepEqual(others, [["create", undefined], ["delete", own]]);
  }));

Deno.test("founding: test_log_first_rotation: the log says once why that token was left, and how to revoke it", () =>
  rotateForTheFirstTime((scene) => {
    assert.equal(scene.eventsOf("rotated")[0]?.oldId, null);
    const [left, ...more] = scene.eventsOf("bootstrap-left");
    assert.match(String(left?.reason), /not among the tokens that the workspace lists/);
    assert.match(String(left?.remedy), /revoke it yourself/);
    assert.deepEqual(more, []);
  }));

Deno.test("founding: test_no_token_returns_false: without a token the workspace is asked nothing, and who asks is told what to do", async () => {
  await using scene = await RotationScene.open();
  const proxy = scene.proxy();
  await scene.start();
  await until("it is told", () => proxy.chain?.state === "lost");
  const outcome = await proxy.rotate();
  assert(!outcome.ok);
  assert.match(outcome.message, /holds no token.*create a personal access token/);
  assert.deepEqual(scene.workspace.requests(), []);
  assert.deepEqual(proxy.published, []);
});

Deno.test("founding: test_stop_signals_thread: a rotator with nothing to do for ten minutes stops at once, and its token lives on", async () => {
  const { scene, old } = await openServing();
  await using _ = scene;
  assert.notEqual(await within(scene.stop(), 3_000), "late");
  assert.deepEqual(scene.live("own"), [old]);
});

Deno.test("founding: test_skips_rotation_when_no_sessions: without requests a due rotation asks nothing of the workspace, and it is told when one will come", async () => {
  const { scene, proxy } = await openServing({ config: { tokenLifetimeMs: HOUR_MS } });
  await using _ = scene;
  const asked = scene.workspace.requests().length;
  scene.idle(1_300_000);
  await aStep(proxy);
  assert.equal(scene.workspace.requests().length, asked);
  assert.equal(proxy.published.length, 1);
  assert.equal(proxy.chain?.nextAttemptAt, (proxy.chain?.expiresAt ?? 0) - 600_000);
});

Deno.test("founding: test_rotates_when_sessions_exist: with requests it takes place", async () => {
  const { scene, proxy } = await openServing({ config: { tokenLifetimeMs: HOUR_MS } });
  await using _ = scene;
  scene.advance(600_001);
  await until("it is replaced", () => proxy.published.length === 2);
});

Deno.test("founding: test_skip_when_token_fresh_and_no_sessions: an interval of a second does not make an idle service rotate", async () => {
  const config = { tokenLifetimeMs: HOUR_MS, rotationIntervalMs: 1_000 };
  const { scene, proxy } = await openServing({ config });
  await using _ = scene;
  scene.idle(1_500);
  await aStep(proxy);
  assert.deepEqual(tokenCalls(scene), []);
});

Deno.test("founding: test_rotate_when_token_near_expiry_even_with_no_sessions: near its end an idle token mints its successor while the workspace still takes it", async () => {
  const config = { rotationIntervalMs: 1_000 };
  const { scene, proxy, old } = await openServing({ config, workspace: { rejectLastMs: 30_000 } });
  await using _ = scene;
  scene.idle(841_000);
  await until("it is replaced", () => proxy.published.length === 2);
  assert.equal(tokenCalls(scene)[0]?.by, old);
  assert(proxy.chains.every(({ lastFailure }) => lastFailure === null));
});

Deno.test("founding: test_log_eliminated_on_successful_revoke: the log names the old id and the new one, and no token", async () => {
  const { scene, proxy, old } = await openServing();
  await using _ = scene;
  assert((await proxy.rotate()).ok);
  const revoked = await until("it is told", () => scene.eventsOf("revoked")[0]);
  assert.deepEqual([revoked.level, revoked.tokenId], ["info", old]);
  const [rotated] = scene.eventsOf("rotated");
  assert.deepEqual([rotated?.oldId, rotated?.newId], [old, proxy.current?.tokenId]);
  const told = JSON.stringify(scene.events);
  const values = secretsSeenBy(scene.workspace);
  assert.equal(values.size, 2);
  for (const value of values) assert(!told.includes(value));
});

Deno.test("founding: test_log_warning_on_failed_revoke: a warning names the id, and the token that expires by itself is forgotten", async () => {
  // Short lives, since the real clock says when it expires.
  const config = { tokenLifetimeMs: 5_000, rotationIntervalMs: 2_000 };
  const { scene, proxy, old } = await openServing({ config });
  await using _ = scene;
  scene.workspace.fault({ match: { path: DELETE }, action: answer(500, { message: "oops" }) });
  assert((await proxy.rotate()).ok);
  const warning = await until("it is told", () => scene.eventsOf("revoke-failed")[0]);
  assert.deepEqual([warning.level, warning.tokenId], ["warning", old]);
  assert.match(String(warning.error), /500: oops/);
  assert((await scene.journalled()).includes(old), "it is not forgotten before");
  await until("it expires", () => !scene.live("own").includes(old));
  await until("it is forgotten", async () => !(await scene.journalled()).includes(old));
});

Deno.test("founding: test_log_pat_rotated_label: each rotation is one line with its generation, its expiry and its steps; one that fails is none", async () => {
  const { scene, proxy } = await openServing();
  await using _ = scene;
  for (let turn = 0; turn < 2; turn++) assert((await proxy.rotate()).ok);
  scene.workspace.fault({ match: { path: CREATE }, action: { kind: "reset" } });
  assert(!(await proxy.rotate()).ok);
  const lines = scene.eventsOf("rotated");
  const served = proxy.published.slice(1);
  assert.deepEqual(
    lines.map(({ generation, expiresAt, newId }) => [generation, expiresAt, newId]),
    served.map(({ number, expiresAt, tokenId }) => [number, expiresAt, tokenId]),
  );
  for (const { stepsMs } of lines) {
    const names = ["mint", "record", "verify", "persist", "fanOut", "publish"];
    assert.deepEqual(Object.keys(stepsMs ?? {}), names);
  }
});

Deno.test("founding: test_concurrent_rotation_attempt_is_bounded: two callers at the same moment share one token, and both are told of it", async () => {
  const { scene, proxy, old } = await openServing();
  await using _ = scene;
  const other = scene.proxy();
  const outcomes = await Promise.all([proxy.rotate(), other.rotate()]);
  const shared = { ok: true, oldId: old, newId: proxy.current?.tokenId };
  assert.deepEqual(outcomes, [shared, shared]);
  assert.equal(tokenCalls(scene).filter(({ call }) => call === "create").length, 1);
  assert.equal(scene.eventsOf("rotated").length, 1);
});

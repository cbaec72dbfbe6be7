/**
 * Never too many tokens: what becomes of a mint where the workspace, or our own limit, leaves no
 * room, and of mints whose end is not known.
 */

import assert from "node:assert/strict";
import { parseJournal } from "../rotator/journal.ts";
import { MOST_ALIVE } from "../rotator/minter.ts";
import { COMMENT, RotationScene } from "./support/rotation_scene.ts";
import { answer, openServing } from "./support/serving_scene.ts";
import { until } from "./support/until.ts";

const HOUR_MS = 3_600_000;
const CREATE = "/api/2.0/token/create";
const LIST = "/api/2.0/token/list";

async function intentsIn(scene: RotationScene): Promise<number> {
  return parseJournal(await Deno.readTextFile(scene.journalFile)).intents.length;
}

Deno.test("room: a full workspace is swept of our own orphans, and the mint tried once more", async () => {
  await using scene = await RotationScene.open({ workspace: { tokenQuota: 3 } });
  const own = scene.workspace.issue({ lifetimeMs: 900_000, comment: COMMENT });
  await scene.writeProfile(own.value);
  const proxy = scene.proxy();
  await scene.start();
  await until("it serves", () => proxy.chain?.state === "live");
  // They came after the start: an older process of this installation on its way out.
  for (let n = 0; n < 2; n++) scene.workspace.issue({ lifetimeMs: HOUR_MS, comment: COMMENT });
  const outcome = await proxy.rotate();
  assert(outcome.ok, JSON.stringify(outcome));
  await until("the rest is gone", () => scene.live("own").length === 1);
  assert.equal(scene.eventsOf("rotation-failed").length, 0);
});

Deno.test("room: a workspace full of others' tokens: it says which ones to delete", async () => {
  await using scene = await RotationScene.open({ workspace: { tokenQuota: 3 } });
  const own = scene.workspace.issue({ lifetimeMs: 900_000, comment: COMMENT });
  await scene.writeProfile(own.value);
  const others = [1, 2].map((n) =>
    scene.workspace.issue({ lifetimeMs: null, comment: `notebook ${n}` })
  );
  const proxy = scene.proxy();
  await scene.start();
  await until("it serves", () => proxy.chain?.state === "live");
  const outcome = await proxy.rotate();
  assert(!outcome.ok);
  assert.match(outcome.message, /QUOTA_EXCEEDED: The user has reached the limit of 3 tokens/);
  for (const { tokenId } of others) assert(outcome.message.includes(tokenId), outcome.message);
  assert.match(outcome.message, /"notebook 1"/);
  assert(!outcome.message.includes(own.tokenId));
  assert.match(outcome.message, /Delete what nobody needs/);
  // One try and one more, no storm.
  assert.equal(scene.asked(CREATE), 2);
  assert.deepEqual(new Set(scene.live("other")), new Set(others.map(({ tokenId }) => tokenId)));
  assert.equal(await intentsIn(scene), 0, "a clear no leaves nothing to look for");
});

for (const kind of ["reset", "malformed", "hang"] as const) {
  Deno.test(`room: mint replies that are lost for ever (${kind}) never leave more than four alive`, async () => {
    const config = {
      tokenLifetimeMs: 20_000,
      rotationIntervalMs: 10_000,
      spareLifetimeMs: HOUR_MS,
    };
    await using scene = await RotationScene.open({ config });
    await scene.writeProfile(scene.workspace.issue({ lifetimeMs: HOUR_MS }).value);
    const proxy = scene.proxy();
    await scene.start();
    await until("there is a spare", () => typeof proxy.chain?.spare?.tokenId === "string");
    const fault = scene.workspace.fault({
      match: { path: CREATE },
      when: "after",
      action: { kind },
    });
    let most = 0;
    for (let hits = 1; hits <= 6; hits++) {
      scene.advance(hits === 1 ? 10_001 : 3_001);
      await until("the mint is tried", () => {
        most = Math.max(most, scene.live("own").length);
        return fault.hits() >= hits;
      });
    }
    fault.remove();
    scene.advance(3_001);
    await until("it recovers", () => proxy.chain?.state === "live");
    await until("nothing is left over", () => scene.live("own").length === 2);
    assert(most <= MOST_ALIVE, `${most} were alive at a time`);
    assert.equal(await intentsIn(scene), 0);
  });
}

Deno.test("room: where nothing can be looked at, it mints blindly only as far as there is room", async () => {
  const { scene, proxy } = await openServing();
  await using _ = scene;
  const mints = scene.workspace.fault({
    match: { path: CREATE },
    when: "after",
    action: answer(500, {}),
  });
  const lists = scene.workspace.fault({ match: { path: LIST }, action: answer(500, {}) });
  scene.random = 0;
  scene.advance(601_000);
  await until("it goes on failing", () => (proxy.chain?.failures ?? 0) >= 8);
  assert.equal(mints.hits(), MOST_ALIVE - 1);
  assert.equal(scene.live("own").length, MOST_ALIVE);
  assert.equal(await intentsIn(scene), MOST_ALIVE - 1);
  lists.remove();
  mints.remove();
  scene.advance(3_000);
  await until("it succeeds", () => proxy.chain?.state === "live");
  await until("the unseen ones are gone", () => scene.live("own").length === 1);
  assert.equal(await intentsIn(scene), 0);
});

Deno.test("room: a fourth old token that is in use makes way for a rotation", async () => {
  const { scene, proxy, old } = await openServing();
  await using _ = scene;
  const end = proxy.startRequest();
  let most = 0;
  for (let turn = 0; turn < 6; turn++) {
    assert((await proxy.rotate()).ok);
    most = Math.max(most, scene.live("own").length);
  }
  assert(most <= MOST_ALIVE, `${most} were alive at a time`);
  assert(!scene.live("own").includes(old), "the oldest one went first");
  end();
  await until("the rest is revoked", () => scene.live("own").length === 1);
});

Deno.test("room: what was given to us takes no room of our own", async () => {
  await using scene = await RotationScene.open({ config: { graceMs: 60_000 } });
  await scene.writeProfile(scene.workspace.issue({ lifetimeMs: HOUR_MS }).value);
  const proxy = scene.proxy();
  await scene.start();
  await until("it is replaced", () => proxy.published.length === 2);
  for (let turn = 0; turn < 6; turn++) {
    const outcome = await proxy.rotate();
    assert(outcome.ok, JSON.stringify(outcome));
    assert(scene.live("own").length <= MOST_ALIVE);
  }
  assert.equal(scene.live("other").length, 1, "nobody hurried it");
});

Deno.test("room: a proxy that confirms nothing keeps old tokens, so that there comes to be no room", async () => {
  const { scene, proxy } = await openServing();
  await using _ = scene;
  const silent = scene.proxy("silent");
  for (let turn = 1; turn < MOST_ALIVE; turn++) assert((await proxy.rotate()).ok);
  const outcome = await proxy.rotate();
  assert(!outcome.ok);
  assert.match(outcome.message, /There are 4 tokens of this installation already/);
  assert.equal(scene.live("own").length, MOST_ALIVE);
  await until("it is told", () => proxy.chain?.state === "retrying");
  silent.speak();
  await until("they are revoked", () => scene.live("own").length === 1);
  assert((await proxy.rotate()).ok);
});

Deno.test("intent: it is on disk before the mint is asked for, and gone with the id", async () => {
  const { scene, proxy } = await openServing();
  await using _ = scene;
  const hang = scene.workspace.fault({
    match: { path: CREATE },
    times: 1,
    action: { kind: "hang" },
  });
  proxy.rotate();
  await until("the mint is asked for", () => hang.hits() === 1);
  assert.equal(await intentsIn(scene), 1);
  await scene.stop();
  assert.equal(await intentsIn(scene), 1, "its end is not known");
  const next = scene.proxy();
  await scene.start();
  await until("it serves", () => next.chain?.state === "live");
  await until("there was none", async () => await intentsIn(scene) === 0);
});

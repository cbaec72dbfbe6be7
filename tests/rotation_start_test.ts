/**
 * What the rotator makes of the tokens that it finds at its start, and which ones it leaves alone.
 */

import assert from "node:assert/strict";
import { COMMENT, RotationScene } from "./support/rotation_scene.ts";
import { until } from "./support/until.ts";

const HOUR_MS = 3_600_000;
const LIST = "/api/2.0/token/list";
const CREATE = "/api/2.0/token/create";

Deno.test("an own token known by the journal is adopted and keeps its schedule", async () => {
  await using scene = await RotationScene.open();
  await scene.writeProfile(scene.workspace.issue({ lifetimeMs: HOUR_MS }).value);
  await scene.start();
  await until("the given token is replaced", () => scene.eventsOf("revoked").length === 1);
  await scene.stop();
  const before = await scene.profileToken();
  scene.idle(300_000);
  const proxy = scene.proxy();
  await scene.start({ instanceName: "renamed, so that only the journal tells" });
  const chain = await until("it is adopted", () => proxy.chain);
  const adopted = scene.eventsOf("adopted").at(-1);
  assert.equal(adopted?.origin, "own");
  assert.equal(chain.state, "live");
  assert(chain.issuedAt !== null && chain.issuedAt <= scene.now() - 300_000);
  assert.equal(chain.nextAttemptAt, chain.issuedAt + 600_000);
  assert.equal(await scene.profileToken(), before);
  assert.equal(scene.workspace.stats().minted, 1);
  scene.advance(301_000);
  await until("it is replaced at its age", () => scene.workspace.stats().minted === 2);
});

Deno.test("an own token known only by its exact comment is adopted and keeps its schedule", async () => {
  await using scene = await RotationScene.open();
  const own = scene.workspace.issue({ lifetimeMs: 900_000, comment: COMMENT });
  await scene.writeProfile(own.value);
  scene.idle(100_000);
  const proxy = scene.proxy();
  await scene.start();
  const chain = await until("it is adopted", () => proxy.chain);
  assert.equal(scene.eventsOf("adopted")[0]?.origin, "own");
  assert.equal(chain.tokenId, own.tokenId);
  assert.equal(chain.nextAttemptAt, (chain.issuedAt ?? 0) + 600_000);
  assert.equal(scene.workspace.stats().minted, 0);
  scene.advance(500_000);
  await until("it is replaced at its age", () => scene.workspace.stats().minted === 1);
  await until("and revoked as our own", () => scene.live("own").length === 1);
});

const FATES = [
  { policy: "auto", lifetimeMs: 24 * HOUR_MS - 60_000, comment: "pasted", fate: "revoked" },
  { policy: "auto", lifetimeMs: 25 * HOUR_MS, comment: "mine", fate: "left" },
  { policy: "auto", lifetimeMs: null, comment: "mine", fate: "left" },
  { policy: "auto", lifetimeMs: HOUR_MS, comment: "coda-auto-rotated:other", fate: "left" },
  { policy: "always", lifetimeMs: null, comment: "mine", fate: "revoked" },
  { policy: "never", lifetimeMs: HOUR_MS, comment: "pasted", fate: "left" },
] as const;

for (const { policy, lifetimeMs, comment, fate } of FATES) {
  const life = lifetimeMs === null ? "without end" : `of ${Math.ceil(lifetimeMs / HOUR_MS)} h`;
  Deno.test(`BOOTSTRAP_REVOKE=${policy}: a token "${comment}" ${life} is ${fate}`, async () => {
    await using scene = await RotationScene.open({ config: { bootstrapRevoke: policy } });
    const given = scene.workspace.issue({ lifetimeMs, comment });
    await scene.writeProfile(given.value);
    const proxy = scene.proxy();
    await scene.start();
    await until("it is replaced", () => proxy.published.length === 2);
    assert.notEqual(await scene.profileToken(), given.value);
    // The next rotation comes after all that the first one leaves to do.
    assert((await proxy.rotate()).ok);
    await until("the first own token is revoked", () => scene.live("own").length === 1);
    assert.deepEqual(scene.live("other"), fate === "left" ? [given.tokenId] : []);
    const reports = scene.eventsOf("bootstrap-left");
    assert.equal(reports.length, fate === "left" ? 1 : 0);
    if (fate === "left") {
      assert.equal(reports[0]?.tokenId, given.tokenId);
      assert.match(String(reports[0]?.remedy), /revoke it yourself/);
    }
    assert(!(await scene.journalled()).includes(given.tokenId));
  });
}

Deno.test("a given token whose id is not listed is left, whatever the policy", async () => {
  await using scene = await RotationScene.open({ config: { bootstrapRevoke: "always" } });
  const given = scene.workspace.issue({ lifetimeMs: HOUR_MS });
  await scene.writeProfile(given.value);
  const body = JSON.stringify({
    token_infos: [{
      token_id: "f".repeat(64),
      creation_time: 1,
      expiry_time: -1,
      comment: COMMENT,
    }],
  });
  const headers = { "content-type": "application/json" };
  scene.workspace.fault({
    match: { path: LIST },
    action: { kind: "status", status: 200, headers, body },
  });
  const proxy = scene.proxy();
  await scene.start();
  await until("it is replaced", () => proxy.published.length === 2);
  assert.match(String(scene.eventsOf("bootstrap-left")[0]?.reason), /not among the tokens/);
  assert.deepEqual(scene.live("other"), [given.tokenId]);
  // Any listed token of our own might have been the serving one, until one was minted.
  await until("then it is swept", () => scene.eventsOf("swept").length === 1);
  const names = scene.events.map(({ event }) => event);
  assert(names.indexOf("swept") > names.indexOf("bootstrap-left"));
});

Deno.test("orphans of its own are revoked at the start; tokens of others never are", async () => {
  await using scene = await RotationScene.open();
  const { workspace } = scene;
  const others = [
    { owner: "somebody@else.example", comment: COMMENT },
    { comment: `${COMMENT}2` },
    { comment: `${COMMENT} ` },
    { comment: "coda-auto-rotated" },
    { comment: "my notebook" },
    {},
  ].map((seed) => workspace.issue({ lifetimeMs: HOUR_MS, ...seed }).tokenId);
  const byComment = workspace.issue({ lifetimeMs: HOUR_MS, comment: COMMENT });
  const byJournal = workspace.issue({ lifetimeMs: HOUR_MS, comment: "under an earlier name" });
  const serving = workspace.issue({ lifetimeMs: 900_000, comment: COMMENT });
  await Deno.writeTextFile(
    scene.journalFile,
    JSON.stringify({
      version: 1,
      installation: "abcdefgh1234",
      tokens: [
        { id: byJournal.tokenId, mintedAt: scene.now(), expiresAt: null },
        { id: "lapsed long ago", mintedAt: 0, expiresAt: 1 },
      ],
    }),
  );
  await scene.writeProfile(serving.value);
  const proxy = scene.proxy();
  await scene.start();
  await until("both are revoked", () => scene.eventsOf("revoked").length === 2);
  const swept = scene.eventsOf("swept").map(({ tokenId }) => tokenId);
  assert.deepEqual(swept, [byComment.tokenId, byJournal.tokenId]);
  assert.equal(proxy.current?.tokenId, serving.tokenId);
  await until("the journal knows the serving one alone", async () => {
    const [only, ...others] = await scene.journalled();
    return only === serving.tokenId && others.length === 0;
  });
  for (let turn = 0; turn < 2; turn++) assert((await proxy.rotate()).ok);
  await until(
    "one is left",
    () => workspace.tokens().filter(({ state }) => state === "live").length === others.length + 1,
  );
  const live = workspace.tokens().filter(({ state }) => state === "live").map(({ id }) => id);
  for (const id of others) assert(live.includes(id), "a token of somebody else lives");
});

Deno.test("orphans wait for requests that still use them from before the start", async () => {
  await using scene = await RotationScene.open();
  const orphan = scene.workspace.issue({ lifetimeMs: HOUR_MS, comment: COMMENT });
  const serving = scene.workspace.issue({ lifetimeMs: 900_000, comment: COMMENT });
  await scene.writeProfile(serving.value);
  const proxy = scene.proxy();
  const end = proxy.startRequest();
  await scene.start({ lastNumber: 7 });
  await until("the drain has begun", () => proxy.draining.includes(7));
  assert.equal(proxy.current?.number, 8);
  assert.deepEqual(scene.live("own"), [orphan.tokenId, serving.tokenId]);
  end();
  await until("it is revoked", () => scene.live("own").length === 1);
});

for (const kind of ["reset", "malformed", "hang"] as const) {
  Deno.test(`a token whose mint reply was lost (${kind}) is swept after the next mint`, async () => {
    // Short lives make for short waits: an answer is waited for 2 s.
    const config = { tokenLifetimeMs: 20_000, rotationIntervalMs: 10_000 };
    await using scene = await RotationScene.open({ config });
    await scene.writeProfile(scene.workspace.issue({ lifetimeMs: HOUR_MS }).value);
    const fault = scene.workspace.fault({
      match: { path: CREATE, nth: 1 },
      when: "after",
      action: { kind },
    });
    const proxy = scene.proxy();
    await scene.start();
    const failed = await until(
      "it is told",
      () => proxy.chains.find(({ failures }) => failures === 1),
    );
    assert.equal(fault.hits(), 1);
    assert.equal(failed.state, "retrying");
    assert.match(failed.lastFailure ?? "", /Cannot create a token: .*may have been made unseen/);
    assert.equal(scene.live("own").length, 1, "it lives, and nobody knows it");
    await until("the next mint succeeds", () => scene.eventsOf("rotated").length === 1);
    await until("it is swept", () => scene.live("own").length === 1);
    assert.deepEqual(scene.live("own"), [proxy.current?.tokenId]);
    assert.equal(scene.eventsOf("swept").length, 1);
  });
}

Deno.test("a condemned token is revoked at the next start, unless that is not wanted then", async () => {
  for (const bootstrapRevoke of ["auto", "never"] as const) {
    await using scene = await RotationScene.open({ config: { bootstrapRevoke } });
    const given = scene.workspace.issue({ lifetimeMs: HOUR_MS });
    const own = scene.workspace.issue({ lifetimeMs: 900_000, comment: COMMENT });
    const tokens = [{ id: own.tokenId, mintedAt: scene.now(), expiresAt: scene.now() + 900_000 }];
    const condemned = [given.tokenId];
    const journal = { version: 1, installation: "abcdefgh1234", tokens, condemned };
    await Deno.writeTextFile(scene.journalFile, JSON.stringify(journal));
    await scene.writeProfile(own.value);
    const proxy = scene.proxy();
    await scene.start();
    await until("it is adopted", () => proxy.current);
    assert((await proxy.rotate()).ok);
    await until("the old one is revoked", () => scene.live("own").length === 1);
    const left = bootstrapRevoke === "never" ? [given.tokenId] : [];
    await until("so far", () => scene.live("other").length === left.length);
    assert.deepEqual(scene.live("other"), left);
  }
});

Deno.test("a given token is condemned on disk before it is replaced there", async () => {
  await using scene = await RotationScene.open();
  const given = scene.workspace.issue({ lifetimeMs: HOUR_MS });
  await scene.writeProfile(given.value);
  const proxy = scene.proxy("silent");
  await scene.start();
  await until("it is replaced", () => proxy.published.length === 2);
  assert((await scene.journalled()).includes(given.tokenId));
  proxy.speak();
  await until("it is revoked", () => scene.eventsOf("revoked").length === 1);
  await until("and forgotten", async () => !(await scene.journalled()).includes(given.tokenId));
});

const PLACES = [
  { what: "no file", text: null },
  { what: "a file without the section", text: "[other]\nhost = https://o\ntoken = theirs\n" },
  { what: "a section without a token", text: "; mine\n[DEFAULT]\nauth_type = pat\n" },
  { what: "a dead token", text: "[DEFAULT]\ntoken = dapi-dead\n" },
] as const;

for (const { what, text } of PLACES) {
  Deno.test(`the token of the environment is replaced by one in the profile: ${what}`, async () => {
    await using scene = await RotationScene.open();
    if (text === null) await Deno.remove(scene.profileFile);
    else await Deno.writeTextFile(scene.profileFile, text);
    const given = scene.workspace.issue({ lifetimeMs: HOUR_MS });
    const proxy = scene.proxy();
    await scene.start({ bootstrapToken: given.value });
    await until("it is replaced", () => proxy.published.length === 2);
    assert.equal(proxy.published[0]?.value, given.value);
    assert.equal(await scene.profileToken(), proxy.current?.value);
    const after = await Deno.readTextFile(scene.profileFile);
    const kept = (text ?? "").split("\n").filter((line) =>
      !/^token/.test(line) || /theirs/.test(line)
    );
    for (const line of kept) assert(after.includes(line));
    assert.match(after, new RegExp(`host = ${scene.workspace.origin}`));
    assert.equal(((await Deno.stat(scene.profileFile)).mode ?? 0) & 0o777, 0o600);
    await until("the given one is revoked", () => scene.live("other").length === 0);
  });
}

Deno.test("a journal that cannot be understood is begun anew, under the same name", async () => {
  await using scene = await RotationScene.open();
  const comment = "coda-auto-rotated:host-abcdefgh1234";
  const orphan = scene.workspace.issue({ lifetimeMs: HOUR_MS, comment });
  const own = scene.workspace.issue({ lifetimeMs: 900_000, comment });
  await Deno.writeTextFile(scene.journalFile, '{"version":1,"installation":"abcdefgh1234","tok');
  await scene.writeProfile(own.value);
  const proxy = scene.proxy();
  await scene.start({ instanceName: null });
  await until(
    "the orphan is found",
    () => scene.eventsOf("revoked")[0]?.tokenId === orphan.tokenId,
  );
  assert.equal(scene.eventsOf("journal-reset").length, 1);
  assert.equal(proxy.current?.tokenId, own.tokenId);
});

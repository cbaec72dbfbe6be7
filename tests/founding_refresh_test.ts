/**
 * What the tests of the system before this one (TestConfiguredCLIRefresh and TestInstanceNaming of
 * tests/test_pat_rotator.py) asked of the refresh of agents' files within a rotation and of the
 * comment of its tokens, each by its name, with what it asserts here. Those that this design makes
 * meaningless are listed in ARCHITECTURE.md.
 */

import assert from "node:assert/strict";
import { commentOf } from "../rotator/sweep.ts";
import { AgentHome } from "./support/agent_home.ts";
import type { FakeProxy } from "./support/fake_proxy.ts";
import { COMMENT, RotationScene } from "./support/rotation_scene.ts";
import { secretsSeenBy } from "./support/serve_process.ts";
import { answer, openServing, tokenCalls } from "./support/serving_scene.ts";
import { until } from "./support/until.ts";

const HOUR_MS = 3_600_000;
const CREATE = "/api/2.0/token/create";

interface Stage extends AsyncDisposable {
  readonly home: AgentHome;
  readonly scene: RotationScene;
  readonly proxy: FakeProxy;
  readonly old: { readonly id: string; readonly value: string };
}

/** A token of our own serves, and agents' files are looked after that are not there yet. */
async function openStage(): Promise<Stage> {
  const home = await AgentHome.make();
  const { scene, proxy, old: id } = await openServing({ config: { agentFiles: home.files } });
  return {
    home,
    scene,
    proxy,
    old: { id, value: await scene.profileToken() ?? "" },
    [Symbol.asyncDispose]: async () => {
      await scene[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

function deleted(scene: RotationScene): readonly unknown[] {
  return tokenCalls(scene).filter(({ call }) => call === "delete").map(({ body }) => body.token_id);
}

Deno.test("founding: test_successful_rotation_refreshes_cli_auth_once: each file gets the new token once, before the old one is revoked", async () => {
  await using stage = await openStage();
  const { home, scene, proxy, old } = stage;
  await home.write("codex", `OPENAI_API_KEY=${old.value}\n`);
  await home.write("pi", `{"providers": {"a": {"apiKey": "${old.value}"}}}`);
  assert((await proxy.rotate()).ok);
  const next = proxy.current?.value;
  assert.equal(await home.read("codex"), `OPENAI_API_KEY=${next}\n`);
  assert.equal(await home.read("pi"), `{"providers": {"a": {"apiKey": "${next}"}}}`);
  await until("the old one is revoked", () => scene.eventsOf("revoked").length === 1);
  assert.equal(deleted(scene).length, 1);
  const told = scene.events.map(({ event, target }) => target === undefined ? event : target);
  const order = told.filter((word) => ["codex", "pi", "revoked"].includes(String(word)));
  assert.deepEqual(order, ["codex", "pi", "revoked"]);
});

Deno.test("founding: test_failed_mint_does_not_refresh_cli_auth: no file is touched", async () => {
  await using stage = await openStage();
  const { home, scene, proxy, old } = stage;
  await home.write("codex", `OPENAI_API_KEY=${old.value}\n`);
  const { ino, mtime } = await Deno.stat(home.path("codex"));
  scene.workspace.fault({ match: { path: CREATE }, action: answer(500, {}) });
  assert(!(await proxy.rotate()).ok);
  assert.equal(await home.read("codex"), `OPENAI_API_KEY=${old.value}\n`);
  const after = await Deno.stat(home.path("codex"));
  assert.deepEqual([after.ino, after.mtime], [ino, mtime]);
  assert.equal(scene.eventsOf("agent-file-updated").length, 0);
});

/** Rotates twice: what the second rotation revokes comes after all that the first one may. */
async function assertKeeps(stage: Stage, id: string): Promise<void> {
  const { scene, proxy } = stage;
  assert((await proxy.rotate()).ok);
  const between = proxy.current?.tokenId ?? "";
  assert((await proxy.rotate()).ok);
  await until("the one between is revoked", () => deleted(scene).includes(between));
  assert(!deleted(scene).includes(id));
  assert(scene.live("own").includes(id), "whoever holds it can use it");
}

Deno.test("founding: test_partial_refresh_failure_is_observable_without_token: the file is named with its reason, others go on, the old token is kept, and no token is told", async () => {
  await using stage = await openStage();
  const { home, scene, proxy, old } = stage;
  await home.write("codex", `OPENAI_API_KEY=${old.value}\n`);
  await home.write("opencode-auth", `{"databricks": {"type": "api", "key": "${old.value}"`);
  await assertKeeps(stage, old.id);
  assert.equal(await home.read("codex"), `OPENAI_API_KEY=${proxy.current?.value}\n`);
  const [failed, ...more] = scene.eventsOf("agent-file-failed");
  assert.deepEqual([failed?.target, failed?.level], ["opencode-auth", "warning"]);
  assert.match(String(failed?.reason), /not valid JSON/);
  assert.deepEqual(more, [], "once is enough");
  const view = proxy.chain?.agentFiles.find(({ result }) => result === "failed");
  assert.deepEqual([view?.target, view?.reason], ["opencode-auth", failed?.reason]);
  const told = JSON.stringify([scene.events, proxy.chains]);
  for (const value of secretsSeenBy(scene.workspace)) assert(!told.includes(value));
});

Deno.test("founding: test_unattested_refresh_result_retains_old_token: a file that nobody can look into counts as holding what it last held", async () => {
  await using stage = await openStage();
  const { home, proxy, old } = stage;
  await home.write("codex", `OPENAI_API_KEY=${old.value}\n`);
  assert((await proxy.rotate()).ok);
  const held = proxy.current?.tokenId ?? "";
  await Deno.remove(home.path("codex"));
  await Deno.mkdir(home.path("codex"));
  await assertKeeps(stage, held);
});

Deno.test("founding: test_rotation_comment_helper: the comment is the prefix and the name of the installation, and there is always a name", async () => {
  assert.equal(commentOf("my-coda-1"), "coda-auto-rotated:my-coda-1");
  await using scene = await RotationScene.open();
  await scene.writeProfile(scene.workspace.issue({ lifetimeMs: HOUR_MS }).value);
  await scene.start({ instanceName: null });
  await until("it has minted", () => scene.eventsOf("rotated").length === 1);
  const [minted] = tokenCalls(scene);
  assert.match(String(minted?.body.comment), /^coda-auto-rotated:host-[0-9a-z]{12}$/);
});

Deno.test("founding: test_bootstrap_cleanup_ignores_other_codas: of all tokens only the given one is deleted, even if others are newer", async () => {
  await using scene = await RotationScene.open();
  const { workspace } = scene;
  const given = workspace.issue({ lifetimeMs: HOUR_MS, comment: "manual bootstrap" });
  const comments = ["coda-auto-rotated:other", "coda-auto-rotated", `${COMMENT}2`, "notebook"];
  const others = comments.map((comment) => workspace.issue({ lifetimeMs: HOUR_MS, comment }));
  await scene.writeProfile(given.value);
  const proxy = scene.proxy();
  await scene.start();
  await until("it is deleted", () => deleted(scene).length === 1);
  // The next rotation comes after all that the first one leaves to do.
  const own = proxy.current?.tokenId;
  assert((await proxy.rotate()).ok);
  await until("and the first own one", () => deleted(scene).length === 2);
  assert.deepEqual(deleted(scene), [given.tokenId, own]);
  assert.deepEqual(scene.live("other"), others.map(({ tokenId }) => tokenId));
});

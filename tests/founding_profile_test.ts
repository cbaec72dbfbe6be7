/**
 * What the tests of the system before this one (TestTokenPersistence of tests/test_pat_rotator.py,
 * tests/test_databrickscfg_preserve.py) asked of the profile file, each by its name, with what it
 * asserts here. Those that this design makes meaningless are listed in ARCHITECTURE.md.
 */

import assert from "node:assert/strict";
import { parseProfile } from "../workspace/profile_file.ts";
import { RotationScene } from "./support/rotation_scene.ts";
import { openServing } from "./support/serving_scene.ts";
import { until } from "./support/until.ts";

const HOUR_MS = 3_600_000;

/** Two profiles, of which the second is somebody else's; `@` is the token, `$` the workspace. */
const TWO_PROFILES = `# mine
[DEFAULT]
host      = $
token     = @ 
cluster_id = 0012-345

[omnigents-host]
; written by the host
host = $
client_id = sp-client-id
client_secret = sp-secret
auth_type = oauth-m2m
`;

function fill(text: string, { scene, token }: { scene: RotationScene; token: string }): string {
  return text.replaceAll("@", token).replaceAll("$", scene.workspace.origin);
}

async function modeOf(path: string): Promise<number> {
  return ((await Deno.stat(path)).mode ?? 0) & 0o7777;
}

Deno.test("founding: test_writes_databrickscfg, test_missing_file_returns_empty: where no file is, one with section, host and token is made", async () => {
  await using scene = await RotationScene.open();
  await Deno.remove(scene.profileFile);
  const given = scene.workspace.issue({ lifetimeMs: HOUR_MS });
  const proxy = scene.proxy();
  await scene.start({ bootstrapToken: given.value });
  await until("it is replaced", () => scene.eventsOf("rotated").length === 1);
  const token = proxy.current?.value ?? "";
  assert.notEqual(token, given.value);
  const wanted = fill("[DEFAULT]\nhost = $\ntoken = @\n", { scene, token });
  assert.equal(await Deno.readTextFile(scene.profileFile), wanted);
});

Deno.test("founding: test_databrickscfg_permissions: the file is 0600 after a rotation, whatever it was", async () => {
  const { scene, proxy } = await openServing();
  await using _ = scene;
  for (const mode of [0o644, 0o666, 0o400]) {
    await Deno.chmod(scene.profileFile, mode);
    assert((await proxy.rotate()).ok);
    assert.equal(await modeOf(scene.profileFile), 0o600);
  }
  await Deno.remove(scene.profileFile);
  assert((await proxy.rotate()).ok);
  assert.equal(await modeOf(scene.profileFile), 0o600);
});

Deno.test("founding: test_preserves_other_profiles, test_preserves_omnigents_host, test_concatenation_shape: nothing but the token changes, and both profiles can be read", async () => {
  const { scene, proxy } = await openServing();
  await using _ = scene;
  const old = await scene.profileToken() ?? "";
  await Deno.writeTextFile(scene.profileFile, fill(TWO_PROFILES, { scene, token: old }));
  for (let turn = 0; turn < 2; turn++) assert((await proxy.rotate()).ok);
  const text = await Deno.readTextFile(scene.profileFile);
  const token = proxy.current?.value ?? "";
  assert.equal(text, fill(TWO_PROFILES, { scene, token }));
  assert.equal(parseProfile(text, "DEFAULT").token?.reveal(), token);
  const other = parseProfile(text, "omnigents-host");
  assert.deepEqual([other.host, other.token], [scene.workspace.origin, null]);
});

Deno.test("founding: test_boot_rewrite_preserves_host_profile: a start that replaces a given token leaves the other profile as it is", async () => {
  await using scene = await RotationScene.open();
  const given = scene.workspace.issue({ lifetimeMs: HOUR_MS, comment: "pasted" });
  await Deno.writeTextFile(scene.profileFile, fill(TWO_PROFILES, { scene, token: given.value }));
  const proxy = scene.proxy();
  await scene.start();
  await until("it is replaced", () => scene.eventsOf("rotated").length === 1);
  const token = proxy.current?.value ?? "";
  const rotated = fill(TWO_PROFILES, { scene, token });
  assert.equal(await Deno.readTextFile(scene.profileFile), rotated);
  // The next start finds a token of its own, and writes nothing.
  await scene.stop();
  const { ino } = await Deno.stat(scene.profileFile);
  const next = scene.proxy();
  await scene.start();
  await until("it serves", () => next.chain?.state === "live");
  assert.equal(next.current?.value, token);
  assert.equal(await Deno.readTextFile(scene.profileFile), rotated);
  assert.equal((await Deno.stat(scene.profileFile)).ino, ino);
});

Deno.test("founding: test_default_only_returns_empty: a file with one profile gets no other", async () => {
  const { scene, proxy } = await openServing();
  await using _ = scene;
  const before = await Deno.readTextFile(scene.profileFile);
  const old = await scene.profileToken() ?? "";
  assert((await proxy.rotate()).ok);
  const after = await Deno.readTextFile(scene.profileFile);
  assert.equal(after, before.replace(old, proxy.current?.value ?? ""));
  assert.deepEqual(after.match(/^\[.*\]$/gm), ["[DEFAULT]"]);
});

Deno.test("founding: test_databrickscfg_failure_preserves_valid_file: the file stays whole with the token that serves on, and nothing new lies beside it", async () => {
  const { scene, proxy, old } = await openServing();
  await using _ = scene;
  const before = await Deno.readTextFile(scene.profileFile);
  const list = async () => (await Array.fromAsync(Deno.readDir(scene.folder), ({ name }) => name));
  // A folder with something in it can neither be written nor removed as a leftover.
  await Deno.mkdir(`${scene.profileFile}.tmp/full`, { recursive: true });
  const names = new Set(await list());
  const outcome = await proxy.rotate();
  assert(!outcome.ok);
  assert.match(outcome.message, /Cannot write the new token into .*databrickscfg/);
  assert.equal(await Deno.readTextFile(scene.profileFile), before);
  assert.equal(proxy.current?.tokenId, old);
  assert.deepEqual(scene.live("own"), [old], "the token that was made for it is gone");
  assert.deepEqual(new Set(await list()), names);
});

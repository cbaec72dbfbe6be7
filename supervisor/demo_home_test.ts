import assert from "node:assert/strict";
import { boot } from "./boot.ts";
import { demoEnvironment, makeDemoHome, writeDemoProfile } from "./demo_home.ts";

const WORKSPACE = { origin: "http://127.0.0.1:5000", token: "dapi-made-up" };

Deno.test("makeDemoHome() makes a home that boots, and removes it with all that is in it", async () => {
  const home = await makeDemoHome();
  await writeDemoProfile(home, WORKSPACE);
  const { settings, workspaceHost } = await boot(demoEnvironment(home.folder, 0));
  assert.equal(workspaceHost, WORKSPACE.origin);
  assert.equal(settings.profileFile, home.profileFile);
  assert.equal(`${settings.configFolder}/keys.json`, home.keysFile);
  assert.deepEqual([settings.tokenLifetimeMs, settings.rotationIntervalMs], [10_000, 5_000]);
  assert.equal(settings.drainTimeoutMs, 5_000);
  await home[Symbol.asyncDispose]();
  await assert.rejects(Deno.stat(home.folder), Deno.errors.NotFound);
});

Deno.test("writeDemoProfile() writes a file that nobody else may read", async () => {
  await using home = await makeDemoHome();
  await writeDemoProfile(home, WORKSPACE);
  const { mode } = await Deno.stat(home.profileFile);
  if (mode !== null) assert.equal(mode & 0o777, 0o600);
});

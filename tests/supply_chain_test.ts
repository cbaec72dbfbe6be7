/** What comes from elsewhere: pinned, locked, aged, without install scripts, and listed. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { runTask } from "./support/run_task.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const config = JSON.parse(await Deno.readTextFile(`${root}deno.json`));
const lock = JSON.parse(await Deno.readTextFile(`${root}deno.lock`));

Deno.test("the lockfile is frozen, and a release has to have aged before it is taken", () => {
  assert.deepEqual(config.lock, { path: "./deno.lock", frozen: true });
  assert.equal(config.minimumDependencyAge, "P7D");
});

Deno.test("everything is from npm, pinned, and locked by its hash", () => {
  for (const [name, specifier] of Object.entries<string>(config.imports)) {
    assert.match(specifier, new RegExp(`^npm:${RegExp.escape(name)}@\\d+\\.\\d+\\.\\d+$`));
    assert(specifier in lock.specifiers, `${specifier} is locked`);
  }
  assert.equal(lock.remote, undefined);
  assert.equal(lock.jsr, undefined);
  for (const [id, entry] of Object.entries<Record<string, unknown>>(lock.npm)) {
    assert.match(String(entry.integrity), /^sha512-[A-Za-z0-9+/]{86}==$/, id);
    // A package that wants to run something when it is installed is marked so by Deno.
    assert.equal(entry.scripts, undefined, `${id} has no install script`);
  }
});

Deno.test("no task and no setting lets an install script run", () => {
  const { allowScripts, tasks, nodeModulesDir } = config;
  assert.equal(allowScripts, undefined);
  assert.equal(nodeModulesDir, undefined);
  assert.doesNotMatch(JSON.stringify(tasks), /allow-scripts|--frozen=false|--no-lock/);
});

Deno.test("the SBOM lists every locked package with its hash, and what needs what", async () => {
  const home = await Deno.makeTempDir();
  const { code, stdout, stderr } = await runTask(["sbom"], { home });
  await Deno.remove(home, { recursive: true });
  assert.equal(code, 0, stderr);
  const { bomFormat, specVersion, components, dependencies } = JSON.parse(stdout);
  assert.deepEqual([bomFormat, specVersion], ["CycloneDX", "1.6"]);
  const listed = components.map(({ name, version }: Record<string, string>) =>
    `${name}@${version}`
  );
  assert.deepEqual(listed.sort(), Object.keys(lock.npm).sort());
  for (const { hashes } of components) assert.match(hashes[0].content, /^[0-9a-f]{128}$/);
  const refs = new Set(components.map((each: Record<string, string>) => each["bom-ref"]));
  assert.equal(dependencies.length, components.length + 1);
  assert.equal(dependencies[0].dependsOn.length, Object.keys(lock.specifiers).length);
  for (const { dependsOn } of dependencies) {
    for (const ref of dependsOn) assert(refs.has(ref), `${ref} is listed`);
  }
});

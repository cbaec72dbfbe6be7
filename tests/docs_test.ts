/** Doc lint: whatever these files export says what it is. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The files that others build on, and the pure ones whose examples are their specification. */
const DOCUMENTED = [
  /^settings(\.ts|\/)/,
  /^(support|workspace|formats|rotator\/fanout)\//,
  /^supervisor\/grants\.ts$/,
  /^rotator\/(schedule|sweep)\.ts$/,
  /^proxy\/(target|headers|repairs\/.*)\.ts$/,
];

Deno.test("every export of the shared and the pure files is documented", async () => {
  const files = (await listSources("")).filter((path) =>
    DOCUMENTED.some((pattern) => pattern.test(path)) && !path.endsWith("_test.ts")
  );
  assert(files.length > 40, "the patterns find the files");
  const { stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--lint", ...files],
    cwd: root,
    env: { NO_COLOR: "1" },
    stdout: "null",
  }).output();
  // A type of a package is "private" to this check, and cannot be made otherwise.
  const findings = new TextDecoder().decode(stderr).split(/^(?=error\[)/m)
    .filter((finding) => /^error\[(?!private-type-ref)/.test(finding));
  assert.deepEqual(findings, []);
});

async function listSources(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${root}${folder}`)) {
    if (name.startsWith(".") || name === "node_modules") continue;
    if (isDirectory) found.push(...await listSources(`${folder}${name}/`));
    else if (name.endsWith(".ts")) found.push(`${folder}${name}`);
  }
  return found;
}

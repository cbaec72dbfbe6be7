/**
 * What runs Keyturn, and whether its settings can be read.
 *
 * @module
 */

import { DENO_VERSION, VERSION } from "../../../support/version.ts";
import { type Check, fail, type Finding, ok, warn } from "../check.ts";
import { describeProblems, problemsOf } from "../problems.ts";
import type { Runtime } from "../scene.ts";

/** Runtime and settings. */
export const RUNTIME_CHECKS: readonly Check[] = [
  { name: "runtime", run: ({ runtime }) => judgeRuntime(runtime) },
  { name: "settings", run: (scene) => judgeSettings(problemsOf(scene).settings) },
];

/**
 * Whether Keyturn runs on what it was tested with.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { judgeRuntime } from "./runtime.ts";
 *
 * assert.equal(judgeRuntime({ deno: "2.9.6", kind: "binary" }).outcome, "ok");
 * assert.equal(judgeRuntime({ deno: "2.9.10", kind: "deno" }).outcome, "ok");
 * assert.equal(judgeRuntime({ deno: "2.8.9", kind: "deno" }).outcome, "fail");
 * assert.equal(judgeRuntime({ deno: "3.0.0", kind: "deno" }).outcome, "warn");
 * ```
 */
export function judgeRuntime({ deno, kind }: Runtime): Finding {
  const seen = `keyturn ${VERSION}, Deno ${deno}${kind === "binary" ? ", compiled" : ""}`;
  const order = compareVersions(deno, DENO_VERSION);
  const use = `use \`npx --yes deno@${DENO_VERSION} task …\``;
  if (order < 0) return fail(`${seen}, which is older than ${DENO_VERSION}`, use);
  const isTested = deno.split(".")[0] === DENO_VERSION.split(".")[0];
  return isTested ? ok(seen) : warn(`${seen}, tested with ${DENO_VERSION}`, use);
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split(/[.+-]/).slice(0, 3).map(Number));
  for (const index of [0, 1, 2]) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function judgeSettings(problems: Parameters<typeof describeProblems>[0]): Finding {
  if (problems.length === 0) return ok("environment and config.yaml can be read");
  return fail(describeProblems(problems), "put each of them right; the README lists all settings");
}
